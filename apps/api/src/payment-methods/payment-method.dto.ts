import { IsString, Length } from 'class-validator';
import { Omittable, PublicId } from '../http/fields';
import { PageQuery } from '../http/page.dto';

export class SaveCardBody {
  /** For whom the card is saved; needed where you have several coaches */
  @Omittable()
  @PublicId('coach')
  coachId?: string;

  /**
   * What you agree to, as it was shown: that the card may be charged without you
   * @example "I agree that my coach may charge this card for sessions that I booked, under the accepted policy."
   */
  @IsString()
  @Length(20, 2_000)
  acceptedText: string;

  /** The version of the coach's policy that you agree to */
  @PublicId('policy')
  acceptedPolicyId: string;
}

export class CardSetupView {
  /** @example cds_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example coa_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  coachId: string;

  /**
   * What Stripe.js saves the card with; null while Stripe does not answer: the same request with the same key asks again
   * @example seti_1PqLd1Kx_secret_Rq2vXw
   */
  clientSecret: string | null;
}

export class PaymentMethodListQuery extends PageQuery {
  @Omittable()
  @PublicId('client')
  clientId?: string;
}

export class CardConsentView {
  givenAt: string;

  /** As it was shown; not for the coach */
  text?: string;

  /**
   * Not for the coach
   * @example pol_01kaxbt6r8e9tbm3v0c1d2e3f4
   */
  policyId?: string;
}

export class PaymentMethodView {
  /** @example pmd_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example coa_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  coachId: string;

  /** @example cli_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  clientId: string;

  /** @example visa */
  brand: string;

  /** @example 4242 */
  last4: string;

  /**
   * 1 to 12; not for the coach
   * @example 12
   */
  expiryMonth?: number;

  /**
   * Not for the coach
   * @example 2030
   */
  expiryYear?: number;

  /** The one that is charged: the newest */
  isDefault: boolean;

  consent: CardConsentView;

  savedAt: string;

  version: number;
}

export class PaymentMethodPageView {
  data: PaymentMethodView[];

  nextCursor: string | null;

  hasMore: boolean;
}

import { MoneyView } from '../http/money.dto';
import { PublicId } from '../http/fields';

export class AcceptSeriesTermsBody {
  /** The terms that were shown: `policyId` of the series */
  @PublicId('policy')
  acceptedPolicyId: string;
}

export class SeriesTermsToAcceptView {
  /** @example pol_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  policyId: string;

  text: string;

  /** When they were accepted, for all sessions of the series; null while they wait for it */
  acceptedAt: string | null;
}

export class SeriesConfirmationView {
  /** @example srs_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  seriesId: string;

  state: 'active' | 'paused' | 'ended' | 'cancelled';

  /** @example "Coaching session" */
  offeringName: string;

  /** @example "Carla Coach" */
  coachName: string;

  /** The rule in words */
  description: string;

  /** @example 60 */
  durationMinutes: number;

  /** Of each session */
  price: MoneyView;

  /** How each is paid: by your credits, or on your saved card before it starts (`pay_later`) */
  funding: 'free' | 'package' | 'pay_later';

  /** The next session; null where none is to come */
  nextStartsAt: string | null;

  /**
   * The client's
   * @example Europe/Berlin
   */
  timezone: string;

  /** The next session as wall time in `timezone` */
  localNextStart: string | null;

  terms: SeriesTermsToAcceptView;
}

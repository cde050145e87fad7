import { Transform } from 'class-transformer';
import { IsBoolean } from 'class-validator';
import { Omittable, PublicId } from '../http/fields';
import { PageQuery } from '../http/page.dto';

export class NotificationListQuery extends PageQuery {
  /** What was told about this session; a coach sees what both sides were told */
  @Omittable()
  @PublicId('session')
  sessionId?: string;

  /**
   * `true`: only those not read yet
   * @example true
   */
  @Omittable()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  unread?: boolean;
}

export class ChangeNotificationBody {
  /** @example true */
  @IsBoolean()
  read: boolean;
}

export class NotificationRecipientView {
  role: 'coach' | 'client' | 'admin';

  /** Where the mail goes, or went */
  email: string;
}

export class NotificationView {
  /** @example ntf_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example booking_confirmed */
  kind: string;

  recipient: NotificationRecipientView;

  /** @example ses_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  sessionId: string | null;

  /** Subject of the mail; null until it is sent */
  subject: string | null;

  /** `suppressed`: what it told of had been replaced before it was sent; `dead`: given up after a day of tries */
  deliveryState: 'queued' | 'sent' | 'bounced' | 'suppressed' | 'dead';

  /** Why it was not sent, or what the mail server said; only for coach and admin */
  reason: string | null;

  createdAt: string;

  sentAt: string | null;

  readAt: string | null;

  version: number;
}

export class NotificationPageView {
  data: NotificationView[];

  nextCursor: string | null;

  hasMore: boolean;
}

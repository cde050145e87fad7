export class JoinView {
  /**
   * Open it in a new window. The coach's address makes its holder the host: do not pass it on
   * @example https://zoom.us/j/84512345678?pwd=…
   */
  url: string;

  platform: 'zoom' | 'google_meet' | 'microsoft_teams';
}

export class DialInNumberView {
  /**
   * ISO 3166-1
   * @example US
   */
  country: string;

  /** @example US */
  countryName: string;

  /** @example New York */
  city: string | null;

  /** @example +1 6465550100 */
  number: string;

  tollFree: boolean;

  /**
   * Typed on the phone; not the password
   * @example 482915
   */
  pin: string | null;
}

export class MeetingView {
  /** Where the room stands; `none` while nothing is due */
  state: 'none' | 'pending' | 'ready' | 'failed' | 'deleted';

  platform: 'zoom' | 'google_meet' | 'microsoft_teams' | null;

  /** The guests' link of the platform */
  joinUrl: string | null;

  /**
   * A link that always leads to the present room, as it stands in mails
   * @example http://127.0.0.1:3000/j/Zm9vYmFyYmF6cXV4cXV1eGNv
   */
  stableUrl: string;

  /** @example 84512345678 */
  meetingId: string | null;

  password: string | null;

  dialIn: DialInNumberView[];

  /** Why there are no numbers */
  dialInReason: string | null;

  waitingRoom: boolean | null;

  /**
   * Why there is no room, in one word; null unless it failed
   * @example no_connection
   */
  failureReason: string | null;
}

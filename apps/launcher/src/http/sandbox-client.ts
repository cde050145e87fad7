import { until } from './until';

const MOST_CALL_MS = 30_000;

export interface Mail {
  id: string;
  /** Business time, ISO in UTC. */
  receivedAt: string;
  subject: string;
  text: string;
  icalendar: string | null;
  icalendarMethod: string | null;
}

/** What people do outside of our system, done at the sandbox: paying, reading mail, consenting; and moving the clock. */
export class SandboxClient {
  constructor(
    private readonly baseUrl: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Moves business time of all parts forward. */
  async advanceClock(seconds: number): Promise<void> {
    await this.call('POST', '/sandbox/clock/advance', { seconds });
  }

  /** Seconds that business time is ahead of the machine's; negative: behind. */
  async clock(): Promise<{ offsetSeconds: number; now: string }> {
    return this.call('GET', '/sandbox/clock');
  }

  /** Business time. */
  async now(): Promise<Date> {
    return new Date((await this.clock()).now);
  }

  /** Pays as a browser with Stripe.js would, by card 4242 4242 4242 4242 unless told otherwise. */
  async pay(clientSecret: string, paymentMethod = 'pm_card_visa'): Promise<void> {
    const paymentIntent = clientSecret.split('_secret_')[0] ?? '';
    await this.call('POST', `/sandbox/stripe/payment-intents/${paymentIntent}/confirm`, {
      paymentMethod,
      clientSecret,
    });
  }

  /** What the client's browser does to save a card with the client secret of a SetupIntent. */
  async saveCard(clientSecret: string, paymentMethod = 'pm_card_visa'): Promise<void> {
    const setupIntent = clientSecret.split('_secret_')[0] ?? '';
    await this.call('POST', `/sandbox/stripe/setup-intents/${setupIntent}/confirm`, { paymentMethod });
  }

  async mails(to: string): Promise<Mail[]> {
    const { messages } = await this.call<{ messages: Mail[] }>(
      'GET',
      `/sandbox/mailbox?to=${encodeURIComponent(to)}`,
    );
    return messages;
  }

  /**
   * The latest mail to an address that is the wanted one.
   *
   * @throws WaitedInVain
   */
  mail(to: string, what: string, isWanted: (mail: Mail) => boolean, mostSeconds = 30): Promise<Mail> {
    return until(`a mail to ${to}: ${what}`, mostSeconds, this.signal, async () =>
      (await this.mails(to)).findLast(isWanted),
    );
  }

  /** Presses the button of a page, such as Stripe's onboarding. */
  async submitPage(url: string): Promise<void> {
    const response = await fetch(url, { method: 'POST', redirect: 'manual', signal: this.patience() });
    if (response.status !== 303)
      throw new Error(`POST ${url} answered ${response.status}: ${await response.text()}`);
  }

  /** Says yes on the consent page and follows the way back. @returns the status of the last page */
  async consent(authorizeUrl: string): Promise<number> {
    const url = new URL(authorizeUrl);
    url.searchParams.set('sandbox_auto_approve', 'true');
    const consented = await fetch(url, { redirect: 'manual', signal: this.patience() });
    const back = consented.headers.get('location');
    if (back === null)
      throw new Error(
        `GET ${url.origin}${url.pathname} answered ${consented.status}: ${await consented.text()}`,
      );
    const returned = await fetch(back, { redirect: 'manual', signal: this.patience() });
    if (returned.status >= 400)
      throw new Error(
        `GET ${back.split('?')[0] ?? ''} answered ${returned.status}: ${await returned.text()}`,
      );
    return returned.status;
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.baseUrl + path, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      signal: this.patience(),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`The sandbox answered ${method} ${path} with ${response.status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  private patience(): AbortSignal {
    return AbortSignal.any([this.signal, AbortSignal.timeout(MOST_CALL_MS)]);
  }
}

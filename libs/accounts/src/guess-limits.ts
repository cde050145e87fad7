import { createHash } from 'node:crypto';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Clock, CONFIG, TooMany, type SharedConfig } from '@app/common';
import { Pool } from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { callerOf } from './caller-address';

const WINDOW_SECONDS = 15 * 60;
const TABLE = 'rate_limits';
/** Mails that one person may be sent by strangers' sign-ups and password resets in 15 minutes. */
const MAILS_PER_PERSON = 5;
const QUIET_MS = 60_000;

/** A counted try. A right password was no guess: its try is given back. */
export interface CountedTry {
  giveBack(): Promise<void>;
}

interface Allowance {
  limiter: RateLimiterPostgres;
  key: string;
  points: number;
  /** The window begins anew with each counted try, so that no 15 minutes whatever hold more than `points`. */
  renewed: boolean;
}

/**
 * How often passwords may be tried (reliability.md G17), counted for all processes together and before a password is
 * hashed. The counters have a small pool of their own: an attack must not take the connections of everybody else, and a
 * try counts even when its transaction fails. While the table cannot be reached each process counts for itself.
 */
@Injectable()
export class GuessLimits implements OnModuleDestroy {
  private readonly logger = new Logger(GuessLimits.name);
  private readonly pool: Pool;
  private readonly triesPerAccount: number;
  private readonly account: RateLimiterPostgres;
  private readonly address: RateLimiterPostgres;
  private readonly mail: RateLimiterPostgres;
  private quietUntilMs = 0;

  constructor(
    @Inject(CONFIG) config: Pick<
      SharedConfig,
      'DATABASE_URL' | 'SIGN_IN_TRIES_PER_ACCOUNT' | 'SIGN_IN_TRIES_PER_ADDRESS'
    >,
    private readonly clock: Clock,
  ) {
    this.pool = new Pool({
      connectionString: config.DATABASE_URL,
      max: 2,
      connectionTimeoutMillis: 2_000,
      application_name: 'guess-limits',
      // Losing the last milliseconds of the counters in a crash is no loss; waiting for the disk would be.
      options: '-c synchronous_commit=off -c statement_timeout=2000',
    });
    this.pool.on('error', (error) =>
      this.logger.warn({ err: error }, 'a connection of the counters was lost'),
    );
    this.triesPerAccount = config.SIGN_IN_TRIES_PER_ACCOUNT;
    this.account = this.limiter('sign-in-account', this.triesPerAccount);
    this.address = this.limiter('sign-in-address', config.SIGN_IN_TRIES_PER_ADDRESS);
    this.mail = this.limiter('mail', MAILS_PER_PERSON);
  }

  async onModuleDestroy(): Promise<void> {
    await this.pool.end();
  }

  /**
   * Counts a try of a password before it is verified. Strangers share one allowance per account; a caller from whom
   * this account signed in lately has one of their own, so strangers cannot lock the owner out. The account is
   * named by e-mail, so an address without an account is limited all the same.
   *
   * @throws TooMany `auth.too_many_tries` with `retryAfterSeconds`
   */
  async countTry(email: string, address: string, callerIsKnown: boolean): Promise<CountedTry> {
    const caller = callerOf(address);
    const allowances: Allowance[] = [
      { limiter: this.address, key: digest(caller), points: this.address.points, renewed: false },
      callerIsKnown
        ? {
            limiter: this.account,
            key: digest(`${email} ${caller}`),
            points: this.triesPerAccount,
            renewed: false,
          }
        : { limiter: this.account, key: digest(email), points: this.triesPerAccount, renewed: true },
    ];
    for (const allowance of allowances) await this.consume(allowance);
    return {
      giveBack: async () => {
        await Promise.all(allowances.map(({ limiter, key }) => limiter.reward(key)));
      },
    };
  }

  /**
   * Counts a request that sends somebody a mail.
   *
   * @throws TooMany `auth.too_many_tries` with `retryAfterSeconds`
   */
  async countMail(email: string, address: string): Promise<void> {
    await this.consume({
      limiter: this.address,
      key: digest(`mail ${callerOf(address)}`),
      points: this.address.points,
      renewed: false,
    });
    await this.consume({ limiter: this.mail, key: digest(email), points: this.mail.points, renewed: false });
  }

  private limiter(keyPrefix: string, points: number): RateLimiterPostgres {
    return new RateLimiterPostgres({
      storeClient: this.pool,
      storeType: 'pool',
      tableName: TABLE,
      tableCreated: true,
      // TokenCleanup does it; the library's timer would outlive this module.
      clearExpiredByTimeout: false,
      keyPrefix,
      points,
      duration: WINDOW_SECONDS,
      insuranceLimiter: new RateLimiterMemory({ keyPrefix, points, duration: WINDOW_SECONDS }),
    });
  }

  private async consume(allowance: Allowance): Promise<void> {
    if (allowance.renewed) await this.renewWindow(allowance);
    try {
      await allowance.limiter.consume(allowance.key);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      const retryAfterSeconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
      throw new TooMany(
        'auth.too_many_tries',
        'Too many tries. Wait a while, or reset the password by mail.',
        {
          extensions: { retryAfterSeconds },
        },
      );
    }
  }

  /**
   * The library's windows begin with their first try, so two of them side by side could hold twice the tries.
   * Renewed before the try is counted, so that the window cannot end in between.
   */
  private async renewWindow({ limiter, key, points }: Allowance): Promise<void> {
    const nowMs = this.clock.real().getTime();
    await this.pool
      .query({
        name: 'renew-window',
        text: `update ${TABLE} set expire = $2 where key = $1 and expire > $3 and points < $4`,
        values: [limiter.getKey(key), nowMs + WINDOW_SECONDS * 1000, nowMs, points],
      })
      .catch((error: unknown) => this.report(error));
  }

  /** Once a minute: an attack must not fill the log as well. */
  private report(error: unknown): void {
    const nowMs = this.clock.real().getTime();
    if (nowMs < this.quietUntilMs) return;
    this.quietUntilMs = nowMs + QUIET_MS;
    this.logger.error({ err: error }, 'the counters of tries cannot be reached; counting in memory');
  }
}

/** Keys are pseudonyms: the table holds neither e-mail nor network addresses. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

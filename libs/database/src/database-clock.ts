import { Injectable } from '@nestjs/common';
import { Clock } from '@app/common';
import { sql } from 'kysely';
import { Database } from './database';

/** Business time: the database's clock plus the sandbox's offset (domain.md 4), always zero in production. */
@Injectable()
export class DatabaseClock extends Clock {
  constructor(private readonly database: Database) {
    super();
  }

  async now(): Promise<Date> {
    const { now } = await this.database.one(sql<{ now: Date }>`select app_now() as now`);
    return now;
  }
}

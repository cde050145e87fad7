import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';

@Injectable()
export class SalesQueries {
  constructor(private readonly database: Database) {}

  /** Whether this coach ever asked anybody for money; inside a transaction as that transaction sees it. */
  async wasAnythingSold(coachId: string): Promise<boolean> {
    const { sold } = await this.database.one(sql<{ sold: boolean }>`
      select exists (select from payments where coach_id = ${coachId}) as sold`);
    return sold;
  }
}

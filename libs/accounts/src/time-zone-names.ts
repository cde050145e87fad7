import { Injectable } from '@nestjs/common';
import { InvalidTime, isTimeZone } from '@app/common';
import { Database, sql } from '@app/database';

/**
 * The zones people may choose: what both Node and PostgreSQL know by that name, since both reckon with them
 * (reliability.md I4).
 */
@Injectable()
export class TimeZoneNames {
  /** Lower-case name → its spelling in PostgreSQL. Read once: the view reads hundreds of files each time. */
  private names: Promise<Map<string, string>> | undefined;

  constructor(private readonly database: Database) {}

  /** The IANA spelling of the name. @throws InvalidTime `time.unknown_zone` */
  async checked(name: string): Promise<string> {
    this.names ??= this.read();
    const spelling = (await this.names).get(name.toLowerCase());
    if (spelling === undefined || !isTimeZone(spelling)) {
      throw new InvalidTime('unknown_zone', 'The time zone is not an IANA name such as "Europe/Berlin".');
    }
    return spelling;
  }

  private async read(): Promise<Map<string, string>> {
    try {
      const rows = await this.database.many(sql<{ name: string }>`select name from pg_timezone_names`);
      return new Map(rows.map(({ name }) => [name.toLowerCase(), name]));
    } catch (error) {
      this.names = undefined; // the next one asks again
      throw error;
    }
  }
}

/** Whether two names mean the same zone ("Asia/Kolkata" and "Asia/Calcutta"). Both must be known. */
export function isSameZone(one: string, other: string): boolean {
  return one === other || canonicalZone(one) === canonicalZone(other);
}

function canonicalZone(name: string): string {
  return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
}

import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';
import type { AccessClaims } from './access-tokens';
import type { Principal } from './principal';

interface Waiting {
  claims: AccessClaims;
  resolve: (principal: Principal | undefined) => void;
  reject: (error: unknown) => void;
}

interface PrincipalRow extends Principal {
  version: number;
}

/**
 * Reads the people behind access tokens. Requests that come in while a look-up is under way share the next one: a
 * busy process makes one statement for many of them, and each still sees what was committed before it came.
 */
@Injectable()
export class PrincipalLookup {
  private waiting: Waiting[] = [];
  private isRunning = false;

  constructor(private readonly database: Database) {}

  /** Undefined for a disabled account, or claims of before a sign-out everywhere. */
  find(claims: AccessClaims): Promise<Principal | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ claims, resolve, reject });
      if (!this.isRunning) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      await this.answer(batch);
    }
    this.isRunning = false;
  }

  private async answer(batch: Waiting[]): Promise<void> {
    try {
      const found = await this.read([...new Set(batch.map(({ claims }) => claims.accountId))]);
      for (const { claims, resolve } of batch) {
        const row = found.get(claims.accountId);
        resolve(row?.version === claims.version ? principalOf(row) : undefined);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  private async read(accountIds: string[]): Promise<Map<string, PrincipalRow>> {
    const rows = await this.database.many(sql<PrincipalRow>`
      select id as "accountId", kind, email, display_name as "displayName", timezone, locale, token_version as version
      from accounts where id = any(${accountIds}::uuid[]) and disabled_at is null`);
    return new Map(rows.map((row) => [row.accountId, row]));
  }
}

function principalOf({ version: _version, ...principal }: PrincipalRow): Principal {
  return principal;
}

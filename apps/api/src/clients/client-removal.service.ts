import { Injectable } from '@nestjs/common';
import { Clients, type Actor } from '@app/accounts';
import { Availability } from '@app/availability';
import { Conflict, publicId } from '@app/common';
import { Database } from '@app/database';
import { SessionQueries } from '@app/sessions';

/** The one act that needs the clients and, above them, the sessions. */
@Injectable()
export class ClientRemoval {
  constructor(
    private readonly database: Database,
    private readonly availability: Availability,
    private readonly sessions: SessionQueries,
    private readonly clients: Clients,
  ) {}

  /**
   * Under the coach's lock, which booking takes as well: nothing is booked between the look and the removal.
   *
   * @throws ClientNotFound; Conflict `clients.has_future_sessions`, which lists them (domain.md 2); VersionMismatch
   */
  async remove(coachId: string, clientId: string, actor: Actor, expectedVersion?: number): Promise<void> {
    await this.database.transaction(async () => {
      await this.availability.lockCoach(coachId);
      await this.clients.byId(coachId, clientId);
      const ahead = await this.sessions.futureSessionIds(coachId, clientId);
      if (ahead.length > 0) {
        throw new Conflict(
          'clients.has_future_sessions',
          'Sessions with this client are still to come. Cancel them first.',
          {
            extensions: { sessions: ahead.map((id) => publicId('session', id)) },
          },
        );
      }
      await this.clients.markRemoved(coachId, clientId, actor, expectedVersion);
    });
  }
}

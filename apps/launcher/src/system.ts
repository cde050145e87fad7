import { writeFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '@app/database';
import { Children, type ChildFailed } from './children';
import type { LauncherConfig } from './config';
import type { DataFolder } from './data-folder';
import { addressesOf, childEnvironment, type Addresses } from './environment';
import { openDatabase, type LocalDatabase } from './local-database';
import { note, step } from './progress';
import type { Secrets } from './secrets';

/** Database, sandbox, api and worker on this machine: started in order, stopped in the reverse one. */
export class LocalSystem {
  readonly addresses: Addresses;
  private readonly children: Children;
  private database: LocalDatabase | undefined;
  private variables: Record<string, string> | undefined;

  constructor(
    private readonly config: LauncherConfig,
    private readonly folder: DataFolder,
    onDeath: (failure: ChildFailed) => void,
  ) {
    this.addresses = addressesOf(config);
    this.children = new Children(folder.logs, onDeath);
  }

  /** The environment that api and worker run with. */
  get environment(): Record<string, string> {
    if (this.variables === undefined) throw new Error('The system is not started.');
    return this.variables;
  }

  get databaseUrl(): string {
    if (this.database === undefined) throw new Error('The database is not open.');
    return this.database.url;
  }

  async openDatabase(signal: AbortSignal): Promise<LocalDatabase> {
    const name =
      this.config.DATABASE_URL === undefined ? 'embedded PostgreSQL' : 'PostgreSQL of DATABASE_URL';
    // Kept before the signal is looked at: what has started must be stopped, too.
    const database = await step(
      name,
      signal,
      async () => (this.database = await openDatabase(this.config.DATABASE_URL, this.folder.postgres)),
    );
    await step('migrations', signal, async () => {
      const applied = await migrate(database.url);
      if (applied.length > 0) note(`${applied.length} applied`);
    });
    return database;
  }

  async startPrograms(
    secrets: Secrets,
    given: Record<string, string | undefined>,
    signal: AbortSignal,
  ): Promise<void> {
    const { addresses, config, databaseUrl, folder } = this;
    const environment = childEnvironment(given, { config, secrets, databaseUrl, folder });
    this.variables = environment;
    const program = (name: string, readyUrl: string) => ({
      name,
      file: join(__dirname, '..', '..', name, 'src', 'main.js'),
      environment,
      readyUrl,
    });
    await step('sandbox, api and worker', signal, () =>
      allSettledOrThrow([
        this.children.start(program('sandbox', `${addresses.console}/sandbox/clock`), signal),
        this.children.start(program('api', `${addresses.api}/health/ready`), signal),
        this.children.start(program('worker', `${addresses.worker}/health/ready`), signal),
      ]),
    );
    writeFileSync(this.folder.running, JSON.stringify({ addresses, databaseUrl }, null, 2), { mode: 0o600 });
  }

  /** First who takes work, then whom they call, then where it is kept. */
  async stop(): Promise<void> {
    rmSync(this.folder.running, { force: true });
    await this.children.stop(['api', 'worker']);
    await this.children.stop(['sandbox']);
    await this.database?.stop();
  }

  /** Ends the programs at once; the database is still stopped in order, by `stop`. */
  hurry(): void {
    this.children.kill();
  }
}

/** Waits for all, so that nobody still starts when the first failure is handled. */
async function allSettledOrThrow(starts: Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(starts)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

import { rmSync, writeFileSync } from 'node:fs';
import { Client } from 'pg';
import { createAdminAccount } from '../admin-account';
import type { DataFolder } from '../data-folder';
import type { Addresses } from '../environment';
import { ApiClient } from '../http/api-client';
import { SandboxClient } from '../http/sandbox-client';
import { note } from '../progress';
import { exampleIds } from './example-ids';
import { exampleOperations } from './example-operations';
import { liveThroughHistory, PAST_DAYS } from './history';
import { ADMIN, inviteClient, signUpCoach, type Doors } from './people';
import { openMatters } from './open-matters';
import { openPractice } from './practice';
import { saveCard } from './saved-card';
import { sellPackage } from './sold-package';
import { meetTroubles } from './troubles';

/** Whether nobody has an account yet: demo data is made once, and never beside anything else. */
export async function isDatabaseEmpty(databaseUrl: string): Promise<boolean> {
  const { rowCount } = await query(databaseUrl, 'select 1 from accounts limit 1');
  return rowCount === 0;
}

/** Sets business time three weeks back, before any part of the system has read it. */
export async function goBackInTime(databaseUrl: string, folder: DataFolder): Promise<void> {
  writeFileSync(
    folder.demoUnfinished,
    'The demo data is being made; after an interruption the next start begins afresh.\n',
  );
  // Left by a database that is gone: its mails must not be taken for those to come.
  for (const file of [folder.sandbox, folder.demoIds]) rmSync(file, { force: true });
  await query(databaseUrl, `update clock_offset set seconds = -${PAST_DAYS} * 86400`);
}

/** Three weeks of a practice, made through the public API and the sandbox, ending at the present. */
export async function makeDemoData(
  system: { addresses: Pick<Addresses, 'api' | 'console'>; environment: Record<string, string> },
  folder: Pick<DataFolder, 'demoIds' | 'demoUnfinished'>,
  password: string,
  signal: AbortSignal,
): Promise<void> {
  const sandbox = new SandboxClient(system.addresses.console, signal);
  const doors: Doors = { api: system.addresses.api, sandbox, options: { signal }, password };
  await createAdminAccount(system.environment, { ...ADMIN, password });
  const admin = new ApiClient(doors.api, doors.options);
  await admin.signIn(ADMIN.email, password);
  const coach = await signUpCoach(doors);
  note('coach@demo.test has signed up');
  const practice = await openPractice(coach, sandbox, signal);
  note('the practice is open: terms, offerings, hours, Stripe, Zoom');
  const [clara, ben, noor] = await Promise.all([
    inviteClient(doors, coach, 'clara'),
    inviteClient(doors, coach, 'ben'),
    inviteClient(doors, coach, 'noor'),
  ]);
  note('three clients have accepted their invitations');
  const cast = { admin, coach, clients: { clara, ben, noor }, practice, sandbox, signal };
  const history = await liveThroughHistory(cast);
  note('three weeks went by');
  const matters = await openMatters(cast, history);
  const troubles = await meetTroubles(cast, history);
  note('a series goes on, new times are offered, a payment is awaited');
  await saveCard(cast, 'clara');
  const sold = await sellPackage(cast);
  const everywhere = await exampleIds(cast, history, sold, password);
  const examples = { everywhere, operations: exampleOperations(practice, history, matters, troubles, sold) };
  writeFileSync(folder.demoIds, JSON.stringify(examples, null, 2), { mode: 0o600 });
  rmSync(folder.demoUnfinished, { force: true });
}

async function query(databaseUrl: string, statement: string): Promise<{ rowCount: number | null }> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}

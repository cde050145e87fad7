import { ApiClient, type ApiOptions } from '../http/api-client';
import type { Mail, SandboxClient } from '../http/sandbox-client';

export const COACH = { email: 'coach@demo.test', displayName: 'Carla Coach', timezone: 'Europe/Berlin' };
export const ADMIN = { email: 'admin@demo.test', displayName: 'Ada Admin', timezone: 'Europe/Berlin' };
export const CLIENTS = {
  clara: {
    email: 'client@demo.test',
    displayName: 'Clara Client',
    timezone: 'America/New_York',
    phone: '+1 212 555 0100',
  },
  ben: {
    email: 'ben@demo.test',
    displayName: 'Ben Berger',
    timezone: 'Europe/Berlin',
    phone: '+49 30 5550101',
  },
  noor: {
    email: 'noor@demo.test',
    displayName: 'Noor Rahman',
    timezone: 'Asia/Kolkata',
    phone: '+91 22 5550 0102',
  },
} as const;

export type ClientName = keyof typeof CLIENTS;

/** How the people of the demo come to their accounts: as anybody does. */
export interface Doors {
  api: string;
  sandbox: SandboxClient;
  options: ApiOptions;
  password: string;
}

/** Signs up, takes the code from the mail, and signs in. */
export async function signUpCoach({ api, sandbox, options, password }: Doors): Promise<ApiClient> {
  const coach = new ApiClient(api, options);
  await coach.post('/v1/auth/sign-up', { ...COACH, password, currency: 'EUR' });
  const mail = await sandbox.mail(COACH.email, 'the verification', (found) => codeIn(found) !== undefined);
  await coach.post('/v1/auth/verify-email', { token: codeIn(mail) });
  await coach.signIn(COACH.email, password);
  return coach;
}

/** Invited by the coach, accepted with the code of the mail. */
export async function inviteClient(
  doors: Doors,
  coach: ApiClient,
  name: ClientName,
): Promise<{ id: string; client: ApiClient }> {
  const person = CLIENTS[name];
  const { id } = await coach.post<{ id: string }>('/v1/clients', person);
  const mail = await doors.sandbox.mail(
    person.email,
    'the invitation',
    (found) => codeIn(found) !== undefined,
  );
  const client = new ApiClient(doors.api, doors.options);
  await client.post('/v1/auth/accept-invitation', { token: codeIn(mail), password: doors.password });
  await client.signIn(person.email, doors.password);
  return { id, client };
}

/** The single-use code of an account's mail. */
export function codeIn({ text }: Mail): string | undefined {
  return /\bCode:?\s+([A-Za-z0-9_-]{20,})/.exec(text)?.[1];
}

import type { ConnectionView } from './connection-view';
import type { ConnectionAttempts } from './connection-attempts.service';

/** Goes through the sandbox's consent page as the coach's browser would. */
export async function consentAtZoom(url: string, email: string): Promise<{ state: string; code: string }> {
  const consent = new URL(url);
  consent.searchParams.set('sandbox_auto_approve', 'true');
  consent.searchParams.set('sandbox_user', email);
  const response = await fetch(consent, { redirect: 'manual' });
  const target = new URL(response.headers.get('location') ?? '');
  return { state: target.searchParams.get('state') ?? '', code: target.searchParams.get('code') ?? '' };
}

/** Connects a coach with an account at the sandbox's Zoom. */
export async function connectZoom(
  attempts: ConnectionAttempts,
  coachId: string,
  email: string,
): Promise<ConnectionView> {
  const { url } = await attempts.authorize(coachId, 'zoom');
  const { state, code } = await consentAtZoom(url, email);
  return (await attempts.callback('zoom', state, code)).connection;
}

import type { ApiClient, CallSeen } from '../http/api-client';
import type { SandboxClient } from '../http/sandbox-client';
import { until } from '../http/until';
import type { Wish } from './booking';

/** Who takes part in a story, and what is booked in it. */
export interface Scene {
  coach: ApiClient;
  client: ApiClient;
  sandbox: SandboxClient;
  signal: AbortSignal;
  wish: Wish;
}

interface LedgerEntry {
  kind: string;
  account: string;
  amount: { amount: number; currency: string };
}

/** Every movement of a payment, once its refund is among them. @throws WaitedInVain */
export async function showLedger(coach: ApiClient, paymentId: string, signal: AbortSignal): Promise<void> {
  title('The money, in double entry');
  const path = `/v1/payments/${paymentId}/ledger`;
  const entries = await until('the refund stands in the ledger', 30, signal, async () => {
    const { data } = await coach.peek<{ data: LedgerEntry[] }>(path);
    return data.some(({ kind }) => kind.includes('refund')) ? data : undefined;
  });
  for (const { kind, account, amount } of entries)
    say(`${kind.padEnd(22)} ${account.padEnd(24)} ${money(amount).padStart(12)}`);
  const sum = entries.reduce((total, { amount }) => total + amount.amount, 0);
  if (sum !== 0) throw new Error(`The ledger does not balance: its sum is ${sum}.`);
  say('the sum is zero');
}

export async function moveClockTo(sandbox: SandboxClient, target: Date): Promise<void> {
  const seconds = Math.ceil((target.getTime() - (await sandbox.now()).getTime()) / 1_000);
  if (seconds <= 0) return;
  say(
    `! the sandbox's clock moves forward by ${(seconds / 3_600).toFixed(1)} h to ${target.toISOString()}; it stays there`,
  );
  await sandbox.advanceClock(seconds);
}

export function money({ amount, currency }: { amount: number; currency: string }): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(amount / 100);
}

export function shortened(url: string): string {
  return url.length > 90 ? `${url.slice(0, 87)}…` : url;
}

export function printCall({ method, path, status }: CallSeen): void {
  console.log(`  ${method} ${shortened(path)} → ${status}`);
}

export function title(text: string): void {
  console.log(`\n${text}`);
}

export function say(text: string): void {
  console.log(`    ${text}`);
}

/** Runs one step and shows it: what is under way, then how long it took. */
export async function step<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const startedAt = performance.now();
  console.log(`· ${name} …`);
  const result = await work();
  console.log(`✓ ${name} (${((performance.now() - startedAt) / 1_000).toFixed(1)} s)`);
  signal.throwIfAborted();
  return result;
}

/** A line below the step that is under way. */
export function note(text: string): void {
  console.log(`  ${text}`);
}

import { appendFileSync } from 'node:fs';

/** Prints the numbers of a proof as they are, and keeps them for the summary of `npm run proof`. */
export function quote(...lines: string[]): void {
  const text = `${lines.join('\n')}\n`;
  process.stdout.write(text);
  const summary = process.env['PROOF_SUMMARY'];
  if (summary !== undefined) appendFileSync(summary, text);
}

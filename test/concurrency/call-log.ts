import type { Answer } from '../support/http-client';

export interface Call {
  act: string;
  status: number;
  /** The problem's code; null where the act was done. */
  code: string | null;
  beganAt: number;
  endedAt: number;
}

/** What comes with a refusal, so that its reader can go on: names of members of the problem. */
const HELP: Record<string, string> = {
  'sessions.slot_taken': 'alternatives',
  'series.plan_stale': 'plan',
  'series.conflicts': 'occurrences',
  'sessions.action_not_allowed': 'sessionStatus',
  'proposals.closed': 'proposalStatus',
};

/** Every call of a test with its answer and its time, and what was wrong with any of them. */
export class CallLog {
  readonly calls: Call[] = [];
  /** Answers that nobody expects of their act. */
  readonly unexpected: unknown[] = [];
  /** Refusals without the help that the api promises. */
  readonly helpless: unknown[] = [];

  /** @param expected `status` or `status code` of every answer that is right */
  async record<T extends object>(
    act: string,
    expected: readonly string[],
    call: () => Promise<Answer<T>>,
  ): Promise<Answer<T> & Call> {
    const beganAt = performance.now();
    const answer = await call();
    const body = answer.body as Record<string, unknown>;
    const code = answer.status < 300 ? null : String(body['code']);
    const logged = { act, status: answer.status, code, beganAt, endedAt: performance.now() };
    this.calls.push(logged);
    const text = code === null ? String(answer.status) : `${answer.status} ${code}`;
    if (!expected.includes(text)) this.unexpected.push([act, text, answer.body]);
    const help = code === null ? undefined : HELP[code];
    if (help !== undefined && isEmpty(body[help])) this.helpless.push([act, text, answer.body]);
    return { ...answer, ...logged };
  }

  /** How often each answer came, by act. */
  counts(): Record<string, Record<string, number>> {
    const counts: Record<string, Record<string, number>> = {};
    for (const { act, status, code } of this.calls) {
      const ofAct = (counts[act] ??= {});
      const text = code ?? String(status);
      ofAct[text] = (ofAct[text] ?? 0) + 1;
    }
    return counts;
  }

  /** Acts that never were done. */
  neverDone(): string[] {
    const done = new Set(this.calls.filter(({ code }) => code === null).map(({ act }) => act));
    return [...new Set(this.calls.map(({ act }) => act))].filter((act) => !done.has(act));
  }

  /** The time, in whole milliseconds, within which this share of the calls was answered. */
  percentile(share: number, act?: string): number {
    const times = this.calls
      .filter((call) => act === undefined || call.act === act)
      .map(({ beganAt, endedAt }) => endedAt - beganAt)
      .sort((a, b) => a - b);
    return Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0);
  }
}

/** Null says that there is none, such as a fresh plan of a series that was paused meanwhile. */
function isEmpty(help: unknown): boolean {
  return help === undefined || (Array.isArray(help) && help.length === 0);
}

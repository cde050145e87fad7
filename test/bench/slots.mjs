// Workload `slots-30-days`: the free starts of a month, computed from facts that are at hand, beside a loop written by hand
// for this one calendar. Both must find the same starts.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const require = createRequire(import.meta.url);

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS = 30;
/** A Monday; Berlin changes its clocks on the 29th. */
const FROM_MS = Date.UTC(2027, 2, 8);
const CHANGE_MS = Date.UTC(2027, 2, 28, 1);
const NEED = { durationMinutes: 60, beforeMinutes: 10, afterMinutes: 5 };
const INCREMENT_MINUTES = 15;
const NOTICE_MINUTES = 120;
const MOST_PER_DAY = 6;
/** Two intervals a day leave a break between them. */
const HOURS = [
  [9 * 60, 12 * 60],
  [13 * 60, 17 * 60],
];
const CALLS = 2_000;

/** @returns microseconds of one call and its ratio to the hand loop, of the median round */
export function measureSlots(rounds) {
  const { freeStarts } = require(join(root, 'dist/libs/availability/src/domain/free-time.js'));
  const facts = monthOfFacts();
  const product = () => freeStarts(facts, NEED, facts.covered);
  const byHand = () => handLoop(facts);
  const [found, expected] = [product(), byHand()];
  if (found.length === 0 || found.join() !== expected.join())
    throw new Error(`the two ways disagree: ${found.length} and ${expected.length} starts`);
  const results = [];
  for (let round = 0; round <= rounds; round += 1) {
    const [microseconds, limit] = [timed(product), timed(byHand)];
    // The first round warms up.
    if (round > 0) results.push({ microseconds, ratio: microseconds / limit });
  }
  results.sort((a, b) => a.microseconds - b.microseconds);
  return { ...results[Math.floor(results.length / 2)], starts: found.length };
}

function timed(call) {
  const begun = performance.now();
  for (let count = 0; count < CALLS; count += 1) call();
  return ((performance.now() - begun) * 1_000) / CALLS;
}

/** 40 sessions in a month, a day off, a closed date. */
function monthOfFacts() {
  const busy = Array.from({ length: 40 }, (_, index) => {
    const startMs = FROM_MS + Math.floor(index * 0.75) * DAY_MS + (8 + ((index * 5) % 8)) * 60 * MINUTE_MS;
    const session = { fromMs: startMs, toMs: startMs + 60 * MINUTE_MS };
    return {
      fromMs: session.fromMs - 10 * MINUTE_MS,
      toMs: session.toMs + 5 * MINUTE_MS,
      sessionId: '0190a1b2-0000-7000-8000-000000000001',
      kind: 'session',
      session,
    };
  }).sort((a, b) => a.fromMs - b.fromMs);
  return {
    timezone: 'Europe/Berlin',
    weekly: [1, 2, 3, 4, 5].flatMap((weekday) =>
      HOURS.map(([startsMinute, endsMinute]) => ({ weekday, startsMinute, endsMinute })),
    ),
    offeringWeekly: null,
    overrides: new Map([['2027-03-19', []]]),
    timeOff: [{ fromMs: FROM_MS + 9 * DAY_MS, toMs: FROM_MS + 10 * DAY_MS, kind: 'time_off' }],
    busy,
    nowMs: FROM_MS - DAY_MS,
    covered: { fromMs: FROM_MS, toMs: FROM_MS + DAYS * DAY_MS },
    rules: {
      startIncrementMinutes: INCREMENT_MINUTES,
      minimumNoticeMinutes: NOTICE_MINUTES,
      bookingHorizonDays: 90,
      mostSessionsPerDay: MOST_PER_DAY,
      mostSessionsPerWeek: null,
    },
  };
}

/** Knows the zone's one change, the weekdays, and that all its lists are in order. */
function handLoop({ busy, timeOff, nowMs }) {
  const [off] = timeOff;
  const closedMs = Date.UTC(2027, 2, 19);
  const perDay = new Uint8Array(DAYS + 1);
  for (const { session } of busy) perDay[Math.floor((session.fromMs + 3_600_000 - FROM_MS) / DAY_MS)] += 1;
  const starts = [];
  let next = 0;
  for (let day = 0; day < DAYS; day += 1) {
    const midnightMs = FROM_MS + day * DAY_MS;
    if (day % 7 > 4 || midnightMs === closedMs || perDay[day] >= MOST_PER_DAY) continue;
    const offsetMs = midnightMs >= CHANGE_MS ? 7_200_000 : 3_600_000;
    for (const [startsMinute, endsMinute] of HOURS) {
      const lastMs = midnightMs - offsetMs + (endsMinute - 60) * MINUTE_MS;
      let startMs = midnightMs - offsetMs + startsMinute * MINUTE_MS;
      for (; startMs <= lastMs; startMs += INCREMENT_MINUTES * MINUTE_MS) {
        if (startMs - nowMs < NOTICE_MINUTES * MINUTE_MS) continue;
        if (startMs < off.toMs && off.fromMs < startMs + 60 * MINUTE_MS) continue;
        while (next < busy.length && busy[next].toMs <= startMs - 10 * MINUTE_MS) next += 1;
        if (next < busy.length && busy[next].fromMs < startMs + 65 * MINUTE_MS) continue;
        starts.push(startMs);
      }
    }
  }
  return starts;
}

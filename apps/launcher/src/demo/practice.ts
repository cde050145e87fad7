import type { ApiClient } from '../http/api-client';
import type { SandboxClient } from '../http/sandbox-client';
import { until } from '../http/until';

/** What the coach sells, and under which terms. */
export interface Practice {
  policyId: string;
  /** An hour, paid by card. */
  sessionOfferingId: string;
  /** Twenty minutes, free. */
  introOfferingId: string;
  /** Half an hour, free; taken every week. */
  checkInOfferingId: string;
  /** Ninety minutes, paid by card, or later by the saved one. */
  deepDiveOfferingId: string;
  connectionId: string;
  /** A day with other hours, and a holiday; both ahead of the present. */
  overrideId: string;
  timeOffId: string;
}

interface Page<T> {
  data: T[];
}

interface Policies extends Page<{ id: string }> {
  presets: { key: string; name: string; rules: object }[];
}

const DAY_MS = 86_400_000;
/** Days from the demo's beginning, which lies three weeks back. */
const OVERRIDE_DAY = 33;
const HOLIDAY_DAYS = { first: 45, last: 55 };

const WEEKDAY_HOURS = [
  { startTime: '09:00', endTime: '12:30' },
  { startTime: '13:30', endTime: '18:00' },
];

/** Settings, terms, offerings, hours, payouts and video: what a coach does on the first day. */
export async function openPractice(
  coach: ApiClient,
  sandbox: SandboxClient,
  signal: AbortSignal,
): Promise<Practice> {
  await coach.patch('/v1/settings', {
    bufferAfterMinutes: 10,
    minimumNoticeMinutes: 120,
    startIncrementMinutes: 30,
    bookingHorizonDays: 90,
  });
  const policyId = await choosePolicy(coach);
  const sell = async (offering: object): Promise<string> =>
    (await coach.post<{ id: string }>('/v1/offerings', offering)).id;
  const sessionOfferingId = await sell({
    name: 'Coaching session',
    description: 'An hour for one question that matters now.',
    durationMinutes: 60,
    price: { amount: 9_000, currency: 'EUR' },
    fundingOptions: ['card', 'package'],
  });
  const introOfferingId = await sell({
    name: 'Intro call',
    description: 'Twenty minutes to find out whether we fit. Free.',
    durationMinutes: 20,
    price: { amount: 0, currency: 'EUR' },
    fundingOptions: ['free'],
  });
  const checkInOfferingId = await sell({
    name: 'Check-in',
    description: 'Half an hour every week on what was tried since. Free.',
    durationMinutes: 30,
    price: { amount: 0, currency: 'EUR' },
    fundingOptions: ['free'],
  });
  const deepDiveOfferingId = await sell({
    name: 'Deep dive',
    description: 'Ninety minutes with preparation before and a written summary after.',
    durationMinutes: 90,
    price: { amount: 14_000, currency: 'EUR' },
    fundingOptions: ['card', 'pay_later'],
    prepMinutes: 15,
    bufferBeforeMinutes: 15,
  });
  const weekdays = [1, 2, 3, 4, 5].flatMap((weekday) =>
    WEEKDAY_HOURS.map((hours) => ({ weekday, ...hours })),
  );
  await coach.put('/v1/availability/weekly-hours', {
    intervals: [...weekdays, { weekday: 6, startTime: '10:00', endTime: '13:00' }],
  });
  const absences = await planAbsences(coach, sandbox);
  await receivePayouts(coach, sandbox, signal);
  const connectionId = await connectZoom(coach, sandbox);
  return {
    policyId,
    sessionOfferingId,
    introOfferingId,
    checkInOfferingId,
    deepDiveOfferingId,
    connectionId,
    ...absences,
  };
}

/** Chosen from the ready-made terms, as the next version of those that every coach begins with. */
async function choosePolicy(coach: ApiClient): Promise<string> {
  const { data, presets } = await coach.get<Policies>('/v1/policies');
  const preset = presets.find(({ key }) => key === 'tiered');
  if (preset === undefined) throw new Error('There are no ready-made terms with tiers.');
  const { id } = await coach.post<{ id: string }>('/v1/policies', {
    name: preset.name,
    rules: preset.rules,
    replacesPolicyId: data[0]?.id,
    useAsDefault: true,
  });
  return id;
}

async function planAbsences(
  coach: ApiClient,
  sandbox: SandboxClient,
): Promise<{ overrideId: string; timeOffId: string }> {
  const now = await sandbox.now();
  const dateAfter = (days: number): string =>
    new Date(now.getTime() + days * DAY_MS).toISOString().slice(0, 10);
  const override = await coach.post<{ id: string }>('/v1/availability/overrides', {
    date: dateAfter(OVERRIDE_DAY),
    intervals: [{ startTime: '10:00', endTime: '14:00' }],
  });
  const timeOff = await coach.post<{ id: string }>('/v1/availability/time-off', {
    kind: 'time_off',
    title: 'Holiday',
    startsAt: `${dateAfter(HOLIDAY_DAYS.first)}T00:00:00Z`,
    endsAt: `${dateAfter(HOLIDAY_DAYS.last)}T00:00:00Z`,
  });
  return { overrideId: override.id, timeOffId: timeOff.id };
}

async function receivePayouts(coach: ApiClient, sandbox: SandboxClient, signal: AbortSignal): Promise<void> {
  const { url } = await coach.post<{ url: string }>('/v1/payout-account/onboarding-links');
  await sandbox.submitPage(url);
  await until('Stripe lets the coach receive transfers', 30, signal, async () => {
    const account = await coach.get<{ transfersActive: boolean }>('/v1/payout-account');
    return account.transfersActive ? account : undefined;
  });
}

async function connectZoom(coach: ApiClient, sandbox: SandboxClient): Promise<string> {
  const { url } = await coach.post<{ url: string }>('/v1/connections/zoom/authorize');
  await sandbox.consent(url);
  const { data } = await coach.get<Page<{ id: string; platform: string }>>('/v1/connections');
  const connection = data.find(({ platform }) => platform === 'zoom');
  if (connection === undefined) throw new Error('The Zoom connection did not come about.');
  return connection.id;
}

import { instantOf, wallTimeOf } from '@app/common';
import type { OccurrenceRecord, SeriesRecord } from '../series-record';
import { add, cancel, end, pause, resume, skip, unskip } from './series-changes';
import type { SeriesDraft } from './series-draft';
import { checkRequest, type SeriesChangeRequest } from './series-change-request';
import { withoutTime, type PlannedOccurrence } from './series-plan';
import { edit, move } from './series-shifts';
import { isFreeToCancel, type EditedTerms } from './series-terms';
import type { SeriesWorld } from './series-world';

const ZONE = 'Europe/Berlin';
const NOW = new Date('2027-03-10T12:00:00Z');
const HOUR_MS = 3_600_000;
/** Mondays at 18:00, over the change of the clocks on 28 March. */
const DAYS = ['2027-03-01', '2027-03-08', '2027-03-15', '2027-03-22', '2027-03-29', '2027-04-05'];

const at = (local: string): Date => instantOf(local, ZONE).instant;
const original = (index: number): string => at(`${DAYS[index]}T18:00:00`).toISOString();

/** What the series and its sessions are sold as. */
const TERMS = {
  offeringId: 'offering',
  offeringName: 'Coaching',
  policyId: 'policy',
  priceMinor: 5_000,
  platform: null,
  beforeMinutes: 0,
  afterMinutes: 0,
};

/** Nothing is said of payment before it is looked at. */
const NOT_PAID = { paidBy: null, isPaidAnew: false, givesBack: null } as const;

const series = (changes: Partial<SeriesRecord> = {}): SeriesRecord =>
  ({
    coachId: 'coach',
    id: 'series',
    state: 'active',
    rule: 'FREQ=WEEKLY;BYDAY=MO;COUNT=6',
    localStart: '2027-03-01T18:00:00',
    timezone: ZONE,
    durationMinutes: 60,
    ...TERMS,
    currency: 'EUR',
    materialisedUntil: new Date('2027-06-01T00:00:00Z'),
    pausedFrom: null,
    pausedUntil: null,
    ...changes,
  }) as SeriesRecord;

function row(index: number, changes: Partial<OccurrenceRecord> = {}): OccurrenceRecord {
  const originalStartsAt = new Date(original(index));
  const startsAt = changes.startsAt ?? originalStartsAt;
  return {
    originalStartsAt,
    state: 'session',
    added: false,
    reasons: [],
    sessionId: `session-${index}`,
    sessionStatus: startsAt < NOW ? 'completed' : 'scheduled',
    outcome: null,
    startsAt,
    endsAt: new Date(startsAt.getTime() + HOUR_MS),
    localStart: wallTimeOf(startsAt, ZONE),
    timezone: ZONE,
    gapShifted: false,
    sessionVersion: 1,
    terms: TERMS,
    freeCancellationUntil: null,
    ...changes,
  };
}

const skippedRow = (index: number): OccurrenceRecord =>
  row(index, { state: 'skipped', sessionStatus: 'cancelled', outcome: 'skipped' });
const pausedRow = (index: number): OccurrenceRecord =>
  row(index, { state: 'paused', sessionStatus: 'cancelled', outcome: 'paused' });
/** Sessions 0 and 1 are over, 2 was moved by hand, 3 is skipped, 4 and 5 are as the rule made them. */
const rows = (): OccurrenceRecord[] => [
  row(0),
  row(1),
  row(2, { startsAt: at('2027-03-16T10:00:00') }),
  skippedRow(3),
  row(4),
  row(5),
];

const world = (changes: Partial<SeriesRecord> = {}, own = rows()): SeriesWorld => ({
  series: series(changes),
  rows: own,
  now: NOW,
});
const request = (
  change: SeriesChangeRequest['change'],
  more: Partial<SeriesChangeRequest> = {},
): SeriesChangeRequest => ({
  change,
  scope: 'all_future',
  occurrences: [],
  onConflict: 'fail',
  override: false,
  ...more,
});
const listed = ({ occurrences }: SeriesDraft): string[] =>
  occurrences.map(({ sessionId, action, state }) => `${sessionId} ${action} ${state}`);

describe('what each change of a series does to each occurrence', () => {
  it.each([
    ['skip', skip, { scope: 'this', occurrences: [original(4)] }, ['session-4 skip skipped']],
    ['unskip', unskip, { scope: 'this', occurrences: [original(3)] }, ['session-3 restore session']],
    ['pause', pause, { from: '2027-03-20T00:00:00Z' }, ['session-4 pause paused', 'session-5 pause paused']],
    [
      'pause with an end',
      pause,
      { from: '2027-03-12T00:00:00Z', until: '2027-04-01T00:00:00Z' },
      ['session-2 pause paused', 'session-4 pause paused'],
    ],
    ['end', end, { lastDate: '2027-03-29' }, ['session-5 cancel session']],
    ['cancel one', cancel, { scope: 'this', occurrences: [original(4)] }, ['session-4 cancel session']],
    [
      'cancel from one on',
      cancel,
      { scope: 'this_and_following', occurrences: [original(4)] },
      ['session-4 cancel session', 'session-5 cancel session'],
    ],
    [
      'cancel what is to come',
      cancel,
      { scope: 'all_future' },
      ['session-2 cancel session', 'session-4 cancel session', 'session-5 cancel session'],
    ],
    [
      'cancel all, past included',
      cancel,
      { scope: 'all_including_past' },
      [
        'session-0 void session',
        'session-1 void session',
        'session-2 cancel session',
        'session-3 keep skipped',
        'session-4 cancel session',
        'session-5 cancel session',
      ],
    ],
    ['add', add, { localStart: '2027-03-17T18:00' }, ['null book session']],
    [
      'move what is to come',
      move,
      { localStart: '2027-03-17T18:00' },
      [
        'session-2 keep session',
        'session-3 keep skipped',
        'session-4 move session',
        'session-5 move session',
      ],
    ],
    [
      'move what is to come, exceptions too',
      move,
      { localStart: '2027-03-17T18:00', includeExceptions: true },
      [
        'session-2 move session',
        'session-3 keep skipped',
        'session-4 move session',
        'session-5 move session',
      ],
    ],
  ] as const)('%s', (name, draft, more, expected) => {
    const change = request('skip', more as Partial<SeriesChangeRequest>);
    expect([name, listed(draft(world(), change))]).toEqual([name, expected]);
  });

  it('resumes what was paused and is to come', () => {
    const paused = world({ state: 'paused', pausedFrom: NOW }, [
      row(0),
      row(1),
      row(2),
      pausedRow(3),
      pausedRow(4),
      row(5),
    ]);
    expect(listed(resume(paused, request('resume')))).toEqual([
      'session-3 restore session',
      'session-4 restore session',
    ]);
  });

  it('leaves nothing to resume beyond the end that a paused series was given', () => {
    const paused = world({ state: 'paused', pausedFrom: NOW }, [
      row(0),
      row(1),
      row(2),
      pausedRow(3),
      pausedRow(4),
      row(5, { state: 'unscheduled', sessionId: null, sessionStatus: null, startsAt: null }),
    ]);
    expect(listed(end(paused, request('end', { lastDate: '2027-03-22' })))).toEqual([
      'session-4 omit skipped',
      'null omit skipped',
    ]);
    const following = { scope: 'this_and_following' as const, occurrences: [original(4)] };
    expect(listed(cancel(paused, request('cancel', following)))).toEqual([
      'session-4 omit skipped',
      'null omit skipped',
    ]);
  });

  it('cancels what follows by the rule too, where the first was moved behind it', () => {
    const own = [row(0), row(1), row(2, { startsAt: at('2027-03-24T10:00:00') }), row(3), row(4), row(5)];
    const wanted = request('cancel', { scope: 'this_and_following', occurrences: [original(2)] });
    const { occurrences, series: after } = cancel(world({}, own), wanted);
    expect(occurrences.map(({ sessionId }) => sessionId)).toEqual(
      [2, 3, 4, 5].map((index) => `session-${index}`),
    );
    expect(after.state).toBe('cancelled');
  });

  it.each(['2027-06-01T00:00:00Z', '2027-03-11T00:00:00Z'])(
    'gives no session any more where only an extra one is left before the first, known until %s',
    (known) => {
      const extra = row(2, { originalStartsAt: at('2027-03-12T10:00:00'), added: true, sessionId: 'extra' });
      const rule = 'FREQ=WEEKLY;BYDAY=MO';
      const isKnown = known > '2027-03-15';
      const own = isKnown ? [extra, row(2, { sessionId: 'first' })] : [extra];
      const one = world(
        { rule, localStart: '2027-03-15T18:00:00', materialisedUntil: new Date(known) },
        own.map((each) => ({ ...each, startsAt: each.originalStartsAt })),
      );
      const { occurrences, series: after } = end(one, request('end', { lastDate: '2027-03-13' }));
      expect(occurrences.map(({ action, originalStartsAt }) => [action, originalStartsAt])).toEqual([
        [isKnown ? 'cancel' : 'omit', original(2)],
      ]);
      expect(after).toMatchObject({ state: 'active', rule: 'FREQ=WEEKLY;BYDAY=MO;UNTIL=20270315' });
      expect(new Date(after.materialisedUntil) > new Date(original(2))).toBe(true);
    },
  );

  it('edits an extra session with those of the rule, and leaves its time where they are moved', () => {
    const extra = row(4, { originalStartsAt: at('2027-03-24T10:00:00'), added: true, sessionId: 'extra' });
    const own = [row(0), row(1), row(2), extra, row(5)].map((each) => ({
      ...each,
      startsAt: each.originalStartsAt,
    }));
    const dearer = edit(world({}, own), request('edit'), { priceMinor: 12_000 });
    expect(listed(dearer)).toEqual(['session-2', 'extra', 'session-5'].map((id) => `${id} edit session`));
    const moved = move(world({}, own), request('move', { localStart: '2027-03-15T19:00' }));
    expect(listed(moved)).toEqual(['session-2 move session', 'extra keep session', 'session-5 move session']);
  });

  it('moves to no time at which an extra session before the first of its rule stood, cancelled or not', () => {
    const extra = (changes: Partial<OccurrenceRecord>): OccurrenceRecord =>
      row(2, {
        originalStartsAt: at('2027-03-14T18:00:00'),
        startsAt: at('2027-03-14T18:00:00'),
        added: true,
        sessionId: 'extra',
        ...changes,
      });
    for (const changes of [{}, { sessionStatus: 'cancelled', outcome: 'by_coach' } as const]) {
      const shape = { rule: 'FREQ=WEEKLY;BYDAY=MO', localStart: '2027-03-15T18:00:00' };
      const own = world(shape, [extra(changes), row(2), row(4)]);
      expect(() => move(own, request('move', { localStart: '2027-03-14T18:00' }))).toThrow('extra session');
    }
  });

  it.each([
    ['later', '2027-04-01T00:00:00Z', null, ['active', null], ['paused', '2027-04-01T00:00:00.000Z']],
    [
      'earlier',
      '2027-03-10T00:00:00Z',
      '2027-03-20T00:00:00Z',
      ['paused', '2027-03-10T00:00:00.000Z'],
      ['active', null],
    ],
  ])(
    'edits a series that is paused; a pause that is %s goes with its part',
    (_when, from, until, before, after) => {
      const own = [row(0), row(1), row(2), row(4)];
      const paused = {
        state: 'paused',
        pausedFrom: new Date(from),
        pausedUntil: until === null ? null : new Date(until),
      };
      const wanted = request('edit', { scope: 'this_and_following', occurrences: [original(4)] });
      const { series: head, splitOff } = edit(world(paused as Partial<SeriesRecord>, own), wanted, {
        priceMinor: 12_000,
      });
      expect([head.state, head.pausedFrom]).toEqual(before);
      expect([splitOff?.state, splitOff?.pausedFrom, splitOff?.priceMinor]).toEqual([...after, 12_000]);
    },
  );

  it('goes on while something that is paused can still be resumed before its end', () => {
    const paused = world({ state: 'paused', pausedFrom: NOW }, [row(0), row(1), pausedRow(3), pausedRow(4)]);
    const ending = end(paused, request('end', { lastDate: '2027-03-22' }));
    expect([listed(ending), ending.series.state]).toEqual([['session-4 omit skipped'], 'paused']);
  });

  it('refuses a pause that is over', () => {
    const over = request('pause', { from: '2027-01-01T00:00:00Z', until: '2027-02-01T00:00:00Z' });
    expect(() => pause(world(), over)).toThrow('The pause is over already.');
  });

  it('brings one back that was moved into a pause that is over, and none of a pause that lasts', () => {
    const own = [row(0), row(1), pausedRow(4)];
    const wanted = request('unskip', { scope: 'this', occurrences: [original(4)] });
    expect(listed(unskip(world({}, own), wanted))).toEqual(['session-4 restore session']);
    expect(() => unskip(world({ state: 'paused', pausedFrom: NOW }, own), wanted)).toThrow(
      'This occurrence was not skipped.',
    );
  });

  it('keeps the wall time over the change of the clocks, and ends the old rule before the new one', () => {
    const draft = move(world(), request('move', { localStart: '2027-03-17T09:30' }));
    expect(draft.occurrences.map(({ after }) => after?.localStart)).toEqual([
      '2027-03-16T10:00:00',
      undefined,
      '2027-03-31T09:30:00',
      '2027-04-07T09:30:00',
    ]);
    expect(draft.series.rule).toBe('FREQ=WEEKLY;BYDAY=MO;UNTIL=20270308');
    expect(draft.splitOff).toMatchObject({
      rule: 'FREQ=WEEKLY;BYDAY=WE;COUNT=4',
      localStart: '2027-03-17T09:30:00',
    });
    // The worker goes on after the last of them: none is made twice.
    expect(draft.splitOff?.materialisedUntil).toBe('2027-04-07T07:30:00.001Z');
  });

  it('splits for an edit without moving anything', () => {
    const draft = edit(
      world(),
      request('edit', { scope: 'this_and_following', occurrences: [original(4)] }),
      { durationMinutes: 30 },
    );
    expect(
      draft.occurrences.map(({ before, after }) => [
        before?.startsAt,
        after?.startsAt,
        after?.durationMinutes,
      ]),
    ).toEqual([
      [original(4), original(4), 30],
      [original(5), original(5), 30],
    ]);
    expect(draft.series).toMatchObject({
      rule: 'FREQ=WEEKLY;BYDAY=MO;UNTIL=20270322',
      durationMinutes: 60,
      state: 'active',
    });
    expect(draft.splitOff).toMatchObject({ rule: 'FREQ=WEEKLY;BYDAY=MO;COUNT=2', durationMinutes: 30 });
  });

  const editAll = (terms: EditedTerms, own = rows(), more: Partial<SeriesChangeRequest> = {}): SeriesDraft =>
    edit(world({}, own), request('edit', more), terms);

  it('changes what sessions are sold as, and leaves each property that was changed by hand', () => {
    const own = [
      row(2, { startsAt: at('2027-03-16T10:00:00') }),
      skippedRow(3),
      row(4, { terms: { ...TERMS, platform: 'zoom' } }),
      row(5, { terms: { ...TERMS, priceMinor: 4_000 } }),
    ];
    const edited = { priceMinor: 6_000, platform: 'google_meet', durationMinutes: 45 } as const;
    const { occurrences, splitOff } = editAll(edited, own);
    expect(
      occurrences.map(({ action, newTerms, after, keptException }) => [
        action,
        newTerms?.priceMinor,
        newTerms?.platform,
        after?.durationMinutes,
        keptException,
      ]),
    ).toEqual([
      ['edit', 6_000, 'google_meet', 45, false],
      ['keep', undefined, undefined, undefined, false],
      ['edit', 6_000, 'zoom', 45, true],
      ['edit', 4_000, 'google_meet', 45, true],
    ]);
    expect(occurrences[0]?.after?.startsAt).toBe(at('2027-03-16T10:00:00').toISOString());
    expect(splitOff).toMatchObject(edited);
    const all = editAll(edited, own, { includeExceptions: true });
    expect(all.occurrences.map(({ newTerms }) => newTerms?.platform)).toEqual([
      'google_meet',
      undefined,
      'google_meet',
      'google_meet',
    ]);
    expect(all.occurrences.every(({ keptException }) => !keptException)).toBe(true);
  });

  it('lets a client cancel freely what is moved or made dearer, and nothing else', () => {
    const free = ({ occurrences }: SeriesDraft): string[] =>
      occurrences.filter(isFreeToCancel).map(({ sessionId }) => sessionId ?? '');
    expect(free(editAll({ priceMinor: 6_000 }))).toEqual(['session-2', 'session-4', 'session-5']);
    expect(free(editAll({ priceMinor: 4_000 }))).toEqual([]);
    expect(free(editAll({ durationMinutes: 90, platform: 'zoom' }))).toEqual([]);
    expect(free(move(world(), request('move', { localStart: '2027-03-17T09:30' })))).toEqual([
      'session-4',
      'session-5',
    ]);
    expect(free(unskip(world(), request('unskip', { occurrences: [original(3)] })))).toEqual([]);
    const elsewhere = { occurrences: [original(3)], localStart: '2027-03-23T10:00' };
    expect(free(unskip(world(), request('unskip', elsewhere)))).toEqual(['session-3']);
    expect(free(skip(world(), request('skip', { occurrences: [original(4)] })))).toEqual([]);
    expect(free(add(world(), request('add', { localStart: '2027-03-25T12:00' })))).toEqual([]);
  });

  it.each([
    [
      'a skipped one',
      () => skip(world(), request('skip', { occurrences: [original(3)] })),
      'series.act_not_possible',
    ],
    [
      'a past one',
      () => skip(world(), request('skip', { occurrences: [original(0)] })),
      'series.act_not_possible',
    ],
    ['none', () => cancel(world(), request('cancel', { scope: 'this' })), 'series.request'],
    ['a day that is over', () => end(world(), request('end', { lastDate: '2027-03-01' })), 'series.request'],
    ['an active series', () => resume(world(), request('resume')), 'series.act_not_possible'],
    [
      'an extra session of a series that is over',
      () => add(world({ state: 'ended' }), request('add', { localStart: '2027-03-25T12:00' })),
      'series.act_not_possible',
    ],
    [
      'a skipped one of a series that is over',
      () => unskip(world({ state: 'cancelled' }), request('unskip', { occurrences: [original(3)] })),
      'series.act_not_possible',
    ],
    [
      'the end of a series that was cancelled',
      () => end(world({ state: 'cancelled' }), request('end', { lastDate: '2027-03-29' })),
      'series.act_not_possible',
    ],
    [
      'to cancel what is to come of a series that is over',
      () => cancel(world({ state: 'ended' }), request('cancel')),
      'series.act_not_possible',
    ],
    [
      'to cancel from one on in a series that is over',
      () =>
        cancel(
          world({ state: 'cancelled' }),
          request('cancel', { scope: 'this_and_following', occurrences: [original(4)] }),
        ),
      'series.act_not_possible',
    ],
    [
      'a paused series',
      () => move(world({ state: 'paused' }), request('move', { localStart: '2027-03-17T09:30' })),
      'series.act_not_possible',
    ],
    [
      'a start that there is',
      () => add(world(), request('add', { localStart: '2027-03-29T18:00' })),
      'series.act_not_possible',
    ],
    [
      'fields of another change',
      () => checkRequest(request('resume', { lastDate: '2027-03-29' })),
      'series.request',
    ],
    [
      'a time that has passed',
      () => move(world(), request('move', { localStart: '2027-03-09T09:30' })),
      'series.request',
    ],
    [
      'a time beyond reach',
      () => add(world(), request('add', { localStart: '2100-03-09T09:30' })),
      'series.request',
    ],
    [
      'a day beyond reach',
      () => skip(world({ rule: 'FREQ=DAILY' }), request('skip', { occurrences: ['2100-03-29T16:00:00Z'] })),
      'series.request',
    ],
    [
      'the past of a move',
      () => checkRequest(request('move', { scope: 'all_including_past' })),
      'series.request',
    ],
  ])('refuses %s', (_, act, code) => {
    expect(act).toThrow(expect.objectContaining({ code }));
  });
});

describe('an occurrence whose time is taken', () => {
  const planned = (action: PlannedOccurrence['action'], sessionId: string | null): PlannedOccurrence => ({
    originalStartsAt: original(4),
    newOriginalStartsAt: original(4),
    sessionId,
    added: false,
    action,
    state: 'session',
    splitOff: false,
    keptException: false,
    before: null,
    after: {
      startsAt: original(4),
      localStart: `${DAYS[4]}T18:00:00`,
      timezone: ZONE,
      gapShifted: false,
      durationMinutes: 60,
    },
    terms: TERMS,
    newTerms: null,
    freeToCancel: false,
    conflicts: [{ code: 'taken', text: 'Taken.' }],
    notes: [],
    refund: null,
    ...NOT_PAID,
  });

  it.each([
    ['book', 'skip', 'omit skipped'],
    ['book', 'keep_unscheduled', 'omit unscheduled'],
    ['move', 'skip', 'skip skipped'],
    ['move', 'keep_unscheduled', 'skip unscheduled'],
    ['edit', 'skip', 'skip skipped'],
    ['edit', 'keep_unscheduled', 'skip unscheduled'],
    ['restore', 'skip', 'omit skipped'],
    ['restore', 'keep_unscheduled', 'omit unscheduled'],
  ] as const)('%s: %s', (action, rule, expected) => {
    const left = withoutTime(planned(action, 'session-4'), rule);
    expect([`${left.action} ${left.state}`, left.after]).toEqual([expected, null]);
  });

  it('is left as it was planned where the plan fails by it', () => {
    const wanted = planned('book', null);
    expect(withoutTime(wanted, 'fail')).toBe(wanted);
  });
});

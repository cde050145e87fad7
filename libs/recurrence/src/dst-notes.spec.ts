import * as fc from 'fast-check';
import { DateTime } from 'luxon';
import { dstNotes, type DstNote } from './dst-notes';
import { occurrences } from './occurrences';
import { parseRule } from './rule-text';
import { anyLocalStart, anyZone } from './rules.test-world';

const YEAR = { from: new Date('2026-01-01T00:00:00Z'), until: new Date('2027-01-01T00:00:00Z') };

function weekly(localStart: string, series: string, coach: string, client: string): DstNote[] {
  const start = { localStart, timezone: series };
  return dstNotes(occurrences(parseRule('FREQ=WEEKLY'), start, YEAR), { series, coach, client });
}

const brief = ({ party, kind, usualLocalStart, localStart }: DstNote) =>
  `${party} ${kind} ${localStart.slice(5, 10)} ${usualLocalStart.slice(11, 16)} ${localStart.slice(11, 16)}`;

describe('dstNotes', () => {
  it('names the weeks in which coach and client are on different sides of a change, and who moves', () => {
    const notes = weekly('2026-01-06T18:00', 'Europe/Berlin', 'Europe/Berlin', 'America/New_York');
    expect(notes.map(brief)).toEqual([
      'client moved 03-10 12:00 13:00',
      'client moved 03-17 12:00 13:00',
      'client moved 03-24 12:00 13:00',
      'client moved 10-27 12:00 13:00',
    ]);
    expect(notes[0]?.text).toBe('On 2026-03-10 it starts at 13:00 in America/New_York, usually at 12:00.');
  });

  it('tells the coach when the series keeps the wall time of the client', () => {
    const notes = weekly('2026-01-06T12:00', 'America/New_York', 'Europe/Berlin', 'America/New_York');
    expect(notes.map(brief)).toEqual([
      'coach moved 03-10 18:00 17:00',
      'coach moved 03-17 18:00 17:00',
      'coach moved 03-24 18:00 17:00',
      'coach moved 10-27 18:00 17:00',
    ]);
  });

  it('has the rest of the year where one side never changes its clocks', () => {
    const notes = weekly('2026-01-06T18:00', 'Europe/Berlin', 'Europe/Berlin', 'Asia/Kolkata');
    expect(new Set(notes.map(({ party, kind }) => `${party} ${kind}`))).toEqual(new Set(['client moved']));
    expect(
      notes.map(({ localStart }) => localStart.slice(5, 7)).filter((month) => month > '04' && month < '10'),
    ).toEqual([]);
    expect(notes).toHaveLength(12 + 10);
  });

  it('says what a gap and an overlap do, to either side', () => {
    const gap = weekly('2026-03-22T02:30', 'Europe/Berlin', 'Europe/Berlin', 'Europe/Berlin');
    expect(gap.map(brief)).toEqual([
      'coach gap 03-29 02:30 03:30',
      'client gap 03-29 02:30 03:30',
      'coach overlap 10-25 02:30 02:30',
      'client overlap 10-25 02:30 02:30',
    ]);
    expect(gap[0]?.text).toBe('02:30 does not exist on 2026-03-29 in Europe/Berlin: it starts at 03:30.');
    expect(gap[2]?.text).toBe('02:30 comes twice on 2026-10-25 in Europe/Berlin: it starts the first time.');
  });

  it('knows that a time which is plain for one side is the second of two for the other', () => {
    const notes = weekly('2026-10-25T01:30', 'UTC', 'UTC', 'Europe/Berlin');
    const overlap = notes.find(({ kind }) => kind === 'overlap');
    expect(overlap).toMatchObject({ party: 'client', which: 'second', localStart: '2026-10-25T02:30:00' });
  });

  it('is silent where both sides share a zone and no clock change is near', () => {
    expect(weekly('2026-01-06T18:00', 'Europe/Berlin', 'Europe/Berlin', 'Europe/Paris')).toEqual([]);
  });

  it('agrees with the clocks of both zones, read by luxon', () => {
    fc.assert(
      fc.property(anyLocalStart, anyZone, anyZone, anyZone, (localStart, series, coach, client) => {
        const found = occurrences(parseRule('FREQ=WEEKLY'), { localStart, timezone: series }, YEAR);
        const zones = { series, coach, client };
        const notes = dstNotes(found, zones);
        for (const party of ['coach', 'client'] as const) {
          const own = notes.filter((note) => note.party === party && note.kind !== 'overlap');
          const shown = found.map(({ startsAt, originalLocalStart }) => {
            const clock = DateTime.fromJSDate(startsAt, { zone: zones[party] }).toFormat(
              "yyyy-MM-dd'T'HH:mm:ss",
            );
            return { clock, apartMs: Date.parse(`${clock}Z`) - Date.parse(`${originalLocalStart}Z`) };
          });
          const moved = new Set(own.map(({ localStart: local }) => local));
          // Whoever gets no note has the same difference to the series all year.
          expect(
            new Set(shown.filter(({ clock }) => !moved.has(clock)).map(({ apartMs }) => apartMs)).size,
          ).toBeLessThan(2);
          expect(own.every(({ localStart: local }) => shown.some(({ clock }) => clock === local))).toBe(true);
          expect(own.every((note) => note.localStart !== note.usualLocalStart)).toBe(true);
          // Usual is what is so for most of the year.
          expect(own.length).toBeLessThanOrEqual(found.length * 0.67);
        }
      }),
      { numRuns: 100 },
    );
  });
});

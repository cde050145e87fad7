import {
  desiredMeeting,
  meetingTimes,
  sameTimes,
  type DesiredMeeting,
  type SessionFacts,
} from './desired-meeting';

const STARTS = new Date('2026-03-29T00:30:00Z');
const ENDS = new Date('2026-03-29T01:30:00Z');

describe('whether a session should have a room', () => {
  const cases: [SessionFacts['status'], string, DesiredMeeting][] = [
    ['held', '2026-03-20T00:00:00.000Z', 'none'],
    ['scheduled', '2026-03-20T00:00:00.000Z', 'meeting'],
    ['scheduled', '2026-03-29T01:29:59.999Z', 'meeting'],
    ['scheduled', '2026-03-29T01:30:00.000Z', 'as_it_is'],
    ['cancelled', '2026-03-20T00:00:00.000Z', 'none'],
    ['cancelled', '2026-04-20T00:00:00.000Z', 'none'],
    ['completed', '2026-03-29T01:00:00.000Z', 'as_it_is'],
    ['no_show', '2026-03-29T01:00:00.000Z', 'as_it_is'],
  ];
  it.each(cases)('%s at %s: %s', (status, now, desired) => {
    expect(desiredMeeting({ status, startsAt: STARTS, endsAt: ENDS }, new Date(now))).toBe(desired);
  });
});

describe('the times a platform is told', () => {
  it('lasts elapsed minutes, also over a change of clocks', () => {
    expect(meetingTimes({ status: 'scheduled', startsAt: STARTS, endsAt: ENDS })).toEqual({
      startsAt: STARTS,
      minutes: 60,
    });
  });

  it('counts a begun minute', () => {
    const endsAt = new Date(ENDS.getTime() - 59_000);
    expect(meetingTimes({ status: 'scheduled', startsAt: STARTS, endsAt }).minutes).toBe(60);
  });

  it.each([
    [STARTS, 60, true],
    [new Date(STARTS.getTime() + 1), 60, false],
    [STARTS, 59, false],
    [null, null, false],
  ])('was told %s for %s minutes: nothing to tell is %s', (appliedStartsAt, appliedMinutes, same) => {
    expect(sameTimes({ appliedStartsAt, appliedMinutes }, { startsAt: STARTS, minutes: 60 })).toBe(same);
  });
});

import { intervalFaults } from './interval-rules';

describe('intervalFaults', () => {
  it('takes intervals that touch, whole days, and the same time on two weekdays', () => {
    expect(
      intervalFaults([
        { weekday: 1, startsMinute: 540, endsMinute: 720 },
        { weekday: 1, startsMinute: 720, endsMinute: 1440 },
        { weekday: 2, startsMinute: 540, endsMinute: 720 },
        { weekday: 3, startsMinute: 0, endsMinute: 1440 },
      ]),
    ).toEqual([]);
    expect(intervalFaults([])).toEqual([]);
  });

  it('points at the end that is not after its beginning', () => {
    const faults = intervalFaults([
      { startsMinute: 540, endsMinute: 600 },
      { startsMinute: 700, endsMinute: 700 },
    ]);
    expect(faults.map(({ pointer }) => pointer)).toEqual(['/intervals/1/endTime']);
  });

  it('points at the later of two that overlap, in whatever order they came', () => {
    const faults = intervalFaults([
      { weekday: 5, startsMinute: 600, endsMinute: 700 },
      { weekday: 5, startsMinute: 540, endsMinute: 601 },
      { weekday: 4, startsMinute: 540, endsMinute: 601 },
    ]);
    expect(faults).toEqual([
      {
        pointer: '/intervals/0/startTime',
        code: 'availability.interval',
        detail: 'overlaps the interval at /intervals/1',
      },
    ]);
  });
});

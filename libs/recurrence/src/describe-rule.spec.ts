import { describeRule } from './describe-rule';
import { parseRule } from './rule-text';

describe('describeRule', () => {
  it.each([
    ['FREQ=WEEKLY;INTERVAL=2;COUNT=12', 'every 2 weeks on Tuesday at 18:00, 12 times'],
    ['FREQ=WEEKLY;BYDAY=MO,WE,FR', 'every week on Monday, Wednesday and Friday at 18:00'],
    ['FREQ=WEEKLY;COUNT=1', 'every week on Tuesday at 18:00, once'],
    ['FREQ=WEEKLY;UNTIL=20261231', 'every week on Tuesday at 18:00, until 31 December 2026'],
    ['FREQ=WEEKLY;UNTIL=20261231T120000', 'every week on Tuesday at 18:00, until 30 December 2026'],
    ['FREQ=WEEKLY;UNTIL=20261231T233000Z', 'every week on Tuesday at 18:00, until 31 December 2026'],
    ['FREQ=DAILY', 'every day at 18:00'],
    ['FREQ=DAILY;INTERVAL=3', 'every 3 days at 18:00'],
    ['FREQ=DAILY;BYDAY=MO,TU', 'every week on Monday and Tuesday at 18:00'],
    ['FREQ=DAILY;INTERVAL=3;BYDAY=MO,TU', 'every 3 days if it is a Monday or a Tuesday at 18:00'],
    ['FREQ=MONTHLY', 'every month on the 2nd at 18:00'],
    ['FREQ=MONTHLY;BYMONTHDAY=13', 'every month on the 13th at 18:00'],
    ['FREQ=MONTHLY;BYMONTHDAY=21', 'every month on the 21st at 18:00'],
    ['FREQ=MONTHLY;BYMONTHDAY=31', 'every month on the 31st (months without it are skipped) at 18:00'],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', 'every month on the last day at 18:00'],
    ['FREQ=MONTHLY;INTERVAL=3;BYDAY=2TU', 'every 3 months on the second Tuesday at 18:00'],
    ['FREQ=MONTHLY;BYDAY=1TU,-1FR', 'every month on the first Tuesday and the last Friday at 18:00'],
    ['FREQ=MONTHLY;BYDAY=-2FR', 'every month on the second-to-last Friday at 18:00'],
    ['FREQ=MONTHLY;BYDAY=5FR', 'every month on the fifth Friday (months without it are skipped) at 18:00'],
    ['FREQ=MONTHLY;BYDAY=TU', 'every month on every Tuesday at 18:00'],
  ])('%s is %j', (text, expected) => {
    const start = { localStart: '2026-06-02T18:00', timezone: 'Europe/Berlin' };
    expect(describeRule(parseRule(text), start)).toBe(expected);
  });
});

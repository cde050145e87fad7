import { callerOf, hashCaller } from './caller-address';

describe('callerOf', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s counts as %s', (address, caller) => {
    expect(callerOf(address)).toBe(caller);
  });

  it('is stored keyed: another secret gives another hash', () => {
    expect(hashCaller('203.0.113.7', 'a')).toEqual(hashCaller('::ffff:203.0.113.7', 'a'));
    expect(hashCaller('203.0.113.7', 'a')).not.toEqual(hashCaller('203.0.113.7', 'b'));
  });
});

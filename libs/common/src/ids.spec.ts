import * as fc from 'fast-check';
import { ID_PREFIXES, type IdKind, newId, parsePublicId, publicId } from './ids';

const isKind = (name: string): name is IdKind => name in ID_PREFIXES;
const kinds = Object.keys(ID_PREFIXES).filter(isKind);

describe('newId', () => {
  it('makes UUIDv7s that rise and never repeat, many in one millisecond', () => {
    const ids = Array.from({ length: 50_000 }, () => newId());
    expect(
      ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)),
    ).toBe(true);
    expect(ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? ''))).toBe(true);
  });

  it('begins with the time of the machine', () => {
    const before = Date.now();
    const ms = Number.parseInt(newId().replace('-', '').slice(0, 12), 16);
    // The counter may have run up to some milliseconds ahead in the test before.
    expect(ms).toBeGreaterThanOrEqual(before);
    expect(ms).toBeLessThan(before + 1_000);
  });
});

describe('newId while the clock stands still or goes back', () => {
  afterEach(() => jest.useRealTimers());

  it('goes on rising, past the 4096 ids that a millisecond has room for', () => {
    const now = Date.now();
    jest.useFakeTimers({ now });
    const ids = Array.from({ length: 10_000 }, () => newId());
    jest.setSystemTime(now - 60_000);
    ids.push(newId());
    expect(ids.every((id) => id.length === 36)).toBe(true);
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(10_001);
  });
});

describe('public ids', () => {
  it('have a prefix of their own each', () => {
    const prefixes = Object.values(ID_PREFIXES);
    expect(new Set(prefixes).size).toBe(prefixes.length);
    expect(prefixes.every((prefix) => /^[a-z]{3}$/.test(prefix))).toBe(true);
  });

  // The valid cases of the TypeID specification.
  it.each([
    ['00000000-0000-0000-0000-000000000000', 'ses_00000000000000000000000000'],
    ['00000000-0000-0000-0000-000000000001', 'ses_00000000000000000000000001'],
    ['00000000-0000-0000-0000-00000000000a', 'ses_0000000000000000000000000a'],
    ['00000000-0000-0000-0000-000000000010', 'ses_0000000000000000000000000g'],
    ['00000000-0000-0000-0000-000000000020', 'ses_00000000000000000000000010'],
    ['ffffffff-ffff-ffff-ffff-ffffffffffff', 'ses_7zzzzzzzzzzzzzzzzzzzzzzzzz'],
    ['0110c853-1d09-52d8-d73e-1194e95b5f19', 'ses_0123456789abcdefghjkmnpqrs'],
    ['01890a5d-ac96-774b-bcce-b302099a8057', 'ses_01h455vb4pex5vsknk084sn02q'],
  ])('%s is %s', (uuid, id) => {
    expect(publicId('session', uuid)).toBe(id);
    expect(parsePublicId('session', id)).toBe(uuid);
  });

  it.each([
    ['another prefix', 'pay_01h455vb4pex5vsknk084sn02q'],
    ['a prefix in upper case', 'SES_01h455vb4pex5vsknk084sn02q'],
    ['a suffix in upper case', 'ses_01H455VB4PEX5VSKNK084SN02Q'],
    ['no prefix', '01h455vb4pex5vsknk084sn02q'],
    ['a suffix too short', 'ses_01h455vb4pex5vsknk084sn02'],
    ['a suffix too long', 'ses_01h455vb4pex5vsknk084sn02q0'],
    ['more than 128 bits', 'ses_8zzzzzzzzzzzzzzzzzzzzzzzzz'],
    ['an ambiguous letter', 'ses_01h455vb4pex5vsknk084sn0il'],
    ['a hyphen', 'ses_01h455vb4p-x5vsknk084sn02q'],
    ['a letter beyond ASCII', 'ses_01h455vb4pex5vsknk084sn0é0'],
    ['a UUID', '01890a5d-ac96-774b-bcce-b302099a8057'],
    ['nothing', ''],
  ])('refuses %s', (_why, text) => {
    expect(parsePublicId('session', text)).toBeNull();
  });

  it('refuses to name what is no UUID', () => {
    expect(() => publicId('session', '42')).toThrow(RangeError);
  });

  it('read back as the same UUID, are read as no other kind, and sort as their UUIDs do', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.uuid(),
        fc.constantFrom(...kinds),
        fc.constantFrom(...kinds),
        (a, b, kind, other) => {
          expect(parsePublicId(kind, publicId(kind, a))).toBe(a);
          expect(parsePublicId(other, publicId(kind, a))).toBe(other === kind ? a : null);
          expect(publicId(kind, a) < publicId(kind, b)).toBe(a < b);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

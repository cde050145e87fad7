import { decodeCursor, encodeCursor } from './cursor';

describe('a cursor from outside', () => {
  it.each(['2026-12-01T09:00:00.000Z', '2026-12-01T09:00:00.123456Z', '1970-01-01T00:00:00Z'])(
    'may hold the instant %s',
    (instant) => {
      expect(decodeCursor(encodeCursor('startsAt', [instant]), 'startsAt', ['instant'])).toEqual([instant]);
    },
  );

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-01-01T00:00:00Z',
    '2026-12-01T09:00:00',
    '2026-12-01',
  ])('may not hold %s, which the database would refuse or no list has', (instant) => {
    const cursor = encodeCursor('startsAt', [instant]);
    expect(() => decodeCursor(cursor, 'startsAt', ['instant'])).toThrow('does not belong to this list');
    expect(() => decodeCursor(encodeCursor('rating', [instant]), 'rating', ['integerOrInstant'])).toThrow(
      'does not belong to this list',
    );
  });

  it('belongs to one sort', () => {
    const cursor = encodeCursor('startsAt', ['2026-12-01T09:00:00Z']);
    expect(() => decodeCursor(cursor, '-startsAt', ['instant'])).toThrow('does not belong to this list');
  });
});

import { Invalid } from '@app/common';
import { checkedEmail } from './email';

describe('checkedEmail', () => {
  it.each([
    [' Robin@Example.TEST ', 'robin@example.test'],
    ["o'neil+coach@mail.example.co.uk", "o'neil+coach@mail.example.co.uk"],
  ])('%j is stored as %s', (given, stored) => expect(checkedEmail(given)).toBe(stored));

  it.each([
    'robin',
    'robin@localhost',
    'robin@exam ple.test',
    'robin@@example.test',
    'robin@example..test',
    'röbin@example.test',
    'robin\u0000@example.test',
    'robin@example.test\r\nBcc: all@example.test',
    `${'r'.repeat(250)}@example.test`,
  ])('%j is refused', (given) => expect(() => checkedEmail(given)).toThrow(Invalid));
});

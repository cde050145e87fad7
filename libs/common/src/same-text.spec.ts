import { sameText } from './same-text';

it.each([
  ['Bearer secret', 'Bearer secret', true],
  ['Bearer secreT', 'Bearer secret', false],
  ['Bearer secret ', 'Bearer secret', false],
  ['', 'Bearer secret', false],
  // As long in characters, longer in bytes.
  ['Bearer secré', 'Bearer secre', false],
  ['', '', true],
])('of %j and %j: %s', (given, expected, isSame) => {
  expect(sameText(given, expected)).toBe(isSame);
});

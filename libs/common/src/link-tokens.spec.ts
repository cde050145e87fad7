import { hashOfLinkToken, linkToken } from './link-tokens';

const SECRET = 'a secret of this test and of nothing else';

describe('tokens of private links', () => {
  it('are the same whenever they are derived, and fit into a path', () => {
    expect(linkToken(SECRET, 'join:a:b')).toBe(linkToken(SECRET, 'join:a:b'));
    expect(linkToken(SECRET, 'join:a:b')).toMatch(/^[\w-]{24}$/);
  });

  it('differ by purpose, by what they are for, and by secret', () => {
    const tokens = [
      linkToken(SECRET, 'join:a:b'),
      linkToken(SECRET, 'confirm:a:b'),
      linkToken(SECRET, 'join:a:c'),
      linkToken(`${SECRET}!`, 'join:a:b'),
    ];
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it('are not to be read from their hash', () => {
    const token = linkToken(SECRET, 'join:a:b');
    expect(hashOfLinkToken(token)).toHaveLength(32);
    expect(hashOfLinkToken(token).toString('latin1')).not.toContain(token);
  });
});

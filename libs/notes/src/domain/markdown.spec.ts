import * as fc from 'fast-check';
import { cleanMarkdown } from './markdown';

const ORDINARY = `# Session of 3 March

Key *points*, **bold**, ~~gone~~, \`code\`; 3 < 5 > 2, a<5, <3, "quotes" & ampersands.

> A quote
> over two lines

1. First [link](https://example.com/a_(b)?x=1&y=2 "title")
2. Mail <ana@example.com>, [write](mailto:ana@example.com), [call](tel:+4969123)
   - [ ] open
   - [x] done

![chart](https://example.com/chart.png) <https://example.com/?a=b&c=d>

| a | b |
|---|:-:|
| 1 | 2 |

\`\`\`
indented   code
\`\`\`

[ref]: https://example.com/page#part 'Title'
[Ana]: note: she will call
[relative](/notes/3) [anchor](#top)

Emoji 🙂, Ünïcödé, 日本語	tab\r\nend`;

describe('cleanMarkdown', () => {
  it('A67 ordinary Markdown comes back unchanged', () => {
    expect(cleanMarkdown(ORDINARY)).toBe(ORDINARY);
  });

  it.each([
    ['a script', 'before <script>alert(1)</script> after', 'before  after'],
    ['a script in capitals with attributes', 'x<SCRIPT src="//evil.example">y</SCRIPT >z', 'xz'],
    ['a script that is never closed', 'x <script>alert(1)', 'x alert(1)'],
    ['a frame', '<iframe src="https://evil.example"></iframe>ok', 'ok'],
    ['a comment', 'a<!-- <b>hidden</b> -->b', 'ab'],
    [
      'tags around text',
      '<b>bold</b> and <a href="javascript:alert(1)" onclick="x">link</a>',
      'bold and link',
    ],
    ['an image that runs', 'x<img src=x onerror=alert(1)>y', 'xy'],
    ['an image that is never closed', 'x<img src=x onerror=alert(1)', 'x&lt;img src=x onerror=alert(1)'],
    ['a tag in a tag', '<scr<b>ipt>alert(1)</scr</b>ipt>', '&lt;script>alert(1)&lt;/script>'],
    [
      'an unknown element',
      '<x-widget onclick=alert(1)>t</x-widget>',
      '&lt;x-widget onclick=alert(1)>t&lt;/x-widget>',
    ],
    ['text that looks like a tag', 'energy <low in the morning', 'energy &lt;low in the morning'],
    ['an address that is an attribute', '<https://onclick=alert(1)>', 'https://onclick=alert(1)'],
  ])('A67 removes %s', (_, text, expected) => {
    expect(cleanMarkdown(text)).toBe(expected);
  });

  it.each([
    ['plainly', '[a](javascript:alert(1))', '[a](#)'],
    ['in capitals', '[a](JaVaScRiPt:alert(1) "t")', '[a](# "t")'],
    ['as an image', '![a](data:text/html;base64,PHNjcmlwdD4=)', '![a](#)'],
    ['by a reference', '[a](javascript&#58;alert(1))', '[a](#)'],
    ['by a long reference', '[a](&#x0000006A;avascript&colon;alert(1))', '[a](#)'],
    ['by a tab reference', '[a](java&Tab;script:alert(1))', '[a](#)'],
    ['by an escape', '[a](javascript\\:alert(1))', '[a](#)'],
    ['in angle brackets', '[a](<javascript:alert(1)>)', '[a](#)'],
    ['on the next line of a quote', '> [a](\n> javascript:alert(1))', '> [a](\n> #)'],
    [
      'behind a good link',
      '[a](https://ok.example)[b](javascript:alert(1))',
      '[a](https://ok.example)[b](#)',
    ],
    ['before a good link', '[a](javascript:x),[b](https://ok.example)', '[a](#),[b](https://ok.example)'],
    ['as a definition', '[a]\n\n[a]: javascript:alert(1)', '[a]\n\n[a]: #'],
    ['as a definition on the next line', '[a]:\n  data:text/html,x', '[a]:\n  #'],
    ['with a tag inside', '[a](java<b></b>script:alert(1))', '[a](#)'],
    ['behind a tag in angle brackets', '[a](< <b>javascript:alert(1)>)', '[a](#)'],
    ['by a scheme nobody knows', '[a](zoommtg://join)', '[a](#)'],
    [
      'by an address too long to judge',
      `[a](${'&#0;'.repeat(1_000)}javascript:alert(1))`,
      `[a](#${'&#0;'.repeat(500)}javascript:alert(1))`,
    ],
  ])('A67 removes a link that runs, written %s', (_, text, expected) => {
    expect(cleanMarkdown(text)).toBe(expected);
  });

  it('A67 keeps an address in angle brackets, spelled without them', () => {
    expect(cleanMarkdown('[a](<my file (1).pdf>)')).toBe('[a](my%20file%20%281%29.pdf)');
    expect(cleanMarkdown('[a](<https://example.com/x>)')).toBe('[a](<https://example.com/x>)');
  });

  it('A67 drops control characters and halves of letters', () => {
    expect(cleanMarkdown('a\u0000b\u0001c\u0085d\uD800e')).toBe('abcd\uFFFDe');
  });

  it('A67 no text leaves the start of a tag or a running link, and cleaning again changes nothing', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '</',
      'script',
      'b',
      'img src=x onerror=y',
      '[a]',
      '(',
      ')',
      ']:',
      '](',
      'javascript',
      ':',
      '&#58;',
      '\\',
      '"',
      '<!--',
      '-->',
      ' ',
      '\n',
      'https://x',
      '<https://x>',
      'text',
      '/',
      '>',
      'svg',
      'data:',
      '\u0001',
      ' <b>',
      '0',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const clean = cleanMarkdown(pieces.join(''));
        expect(clean.replace(/<https?:\/\/[^\s<>"'`]+>/g, '·')).not.toMatch(/<[a-z/!?]/i);
        expect(clean).not.toMatch(/\]\([\s<>]*(?:javascript|data):/i);
        expect(cleanMarkdown(clean)).toBe(clean);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each(['<script ', '<!--', '<b', '](', ']:', '](a', '<https://', '>', '[', '<script></script', '](&#1;'])(
    'A67 fifty thousand characters of %s take no time to speak of',
    (part) => {
      const text = part.repeat(Math.floor(50_000 / part.length));
      const startedAt = performance.now();
      cleanMarkdown(text);
      expect(performance.now() - startedAt).toBeLessThan(1_500);
    },
  );
});

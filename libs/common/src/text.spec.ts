import { escapeHtml, searchKey, singleLine, sortName } from './text';

describe('text', () => {
  it('escapes HTML in elements and attributes', () => {
    expect(escapeHtml(`<a href="x" title='y'>Tom & "Ann"</a>`)).toBe(
      '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;Tom &amp; &quot;Ann&quot;&lt;/a&gt;',
    );
  });

  it.each([
    ['Hello\r\nBcc: all@example.com', 'Hello Bcc: all@example.com'],
    ['a\u0000b\tc\u007fd\u0085e\u2028f', 'a b c d e f'],
    ['  two  blanks stay  ', 'two  blanks stay'],
  ])('singleLine(%p) is %p', (text, expected) => {
    expect(singleLine(text)).toBe(expected);
  });

  it.each([
    ['Zoë Müller', 'zoe muller'],
    ['Zoe\u0308', 'zoe'],
    ['ÅSA ØSTBY', 'asa ostby'],
    ['Łukasz Żak', 'lukasz zak'],
    ['Weiß', 'weiss'],
    ['Þóra Æsir', 'thora aesir'],
    ['İpek Işık', 'ipek isik'],
    ['Nguyễn Đức', 'nguyen duc'],
    ["O'Brien-Smith", "o'brien-smith"],
    ['Ωμέγα', 'ωμεγα'],
    ['Андрей Королёв', 'андрей королев'],
    ['Ḥasan Ɓello', 'hasan bello'],
    ['हिन्दी', 'हिन्दी'],
    ['张伟', '张伟'],
  ])('searchKey(%p) is %p', (name, expected) => {
    expect(searchKey(name)).toBe(expected);
  });

  it.each([
    ['Anna Berg', 'Berg, Anna'],
    ['  Anna   Maria  Berg ', 'Berg, Anna Maria'],
    ['Cher', 'Cher'],
    ['Berg, Anna', 'Berg, Anna'],
    ['', ''],
  ])('sortName(%p) is %p', (name, expected) => {
    expect(sortName(name)).toBe(expected);
  });
});

import { csvLine } from './csv';

describe('lines of a CSV file', () => {
  it('writes texts that need it in quotes, with quotes doubled, and ends with CRLF', () => {
    expect(csvLine(['plain', 'a,b', 'she said "yes"', 'two\nlines', '', null, 12.5])).toBe(
      'plain,"a,b","she said ""yes""","two\nlines",,,12.5\r\n',
    );
  });

  it.each(['=1+1', '+49 30', '-2', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1'])(
    'lets no spreadsheet run the text %j',
    (text) => {
      expect(csvLine([text])).toMatch(/^"?'/);
    },
  );

  it('leaves a text alone that only holds such a sign', () => {
    expect(csvLine(['a=b'])).toBe('a=b\r\n');
  });

  it('leaves a negative number a number', () => {
    expect(csvLine([-12.5])).toBe('-12.5\r\n');
  });
});

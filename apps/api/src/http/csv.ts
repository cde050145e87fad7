export type CsvValue = string | number | null;

/** How spreadsheets know UTF-8. */
export const BYTE_ORDER_MARK = '\uFEFF';

/** One line (RFC 4180). A number is written as it is; a text never begins a formula. */
export function csvLine(values: readonly CsvValue[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

function cell(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = beginsFormula(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** What a spreadsheet would run: its signs, also full-width ones, behind white space too (OWASP, CSV injection). */
function beginsFormula(text: string): boolean {
  return /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(text);
}

import { formulaSafe } from '@app/common';

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
  const safe = formulaSafe(value);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

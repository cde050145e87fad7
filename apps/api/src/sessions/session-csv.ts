import { exponentOf, publicId, wallTimeOf } from '@app/common';
import type { RevenueOfSession, SessionListRow } from '@app/reporting';
import { csvLine, type CsvValue } from '../http/csv';
import { priceLabelOf, STATUS_LABELS, typeOf, type Reader } from './session.views';

interface Column {
  name: string;
  valueOf: (row: SessionListRow, reader: Reader) => CsvValue;
  /** What the coach keeps is not told to clients. */
  notForClients?: boolean;
}

const COLUMNS: readonly Column[] = [
  { name: 'Session', valueOf: (row) => publicId('session', row.id) },
  { name: 'Start', valueOf: (row, { timezone }) => wallTimeOf(row.startsAt, timezone).replace('T', ' ') },
  { name: 'Timezone', valueOf: (_row, { timezone }) => timezone },
  { name: 'Start (UTC)', valueOf: (row) => row.startsAt.toISOString() },
  { name: 'Minutes', valueOf: (row) => (row.endsAt.getTime() - row.startsAt.getTime()) / 60_000 },
  { name: 'Client', valueOf: (row) => row.clientName },
  { name: 'Coach', valueOf: (row) => row.coachName },
  { name: 'Offering', valueOf: (row) => row.offeringName },
  { name: 'Type', valueOf: (row) => typeOf(row) },
  { name: 'Status', valueOf: (row) => STATUS_LABELS[row.status] },
  { name: 'Outcome', valueOf: (row) => row.outcome },
  { name: 'Payment', valueOf: (row) => row.paymentStatus },
  { name: 'Price', valueOf: (row) => inMajorUnits(row.priceMinor, row.currency) },
  { name: 'Price label', valueOf: (row) => priceLabelOf(row) },
  { name: 'Gross', valueOf: (row) => revenueIn(row, 'grossMinor'), notForClients: true },
  { name: 'Fee', valueOf: (row) => revenueIn(row, 'feeMinor'), notForClients: true },
  { name: 'Refunded', valueOf: (row) => revenueIn(row, 'refundedMinor'), notForClients: true },
  { name: 'Net', valueOf: (row) => inMajorUnits(row.netMinor, row.currency), notForClients: true },
  { name: 'Currency', valueOf: (row) => row.currency },
  { name: 'Rating', valueOf: (row) => row.rating },
  { name: 'Platform', valueOf: (row) => row.meetingPlatform },
];

/** A head, then a piece of text for each batch: no more than one batch is ever in memory. */
export async function* sessionCsv(
  batches: AsyncIterable<SessionListRow[]>,
  reader: Reader,
): AsyncGenerator<string, void> {
  const columns = COLUMNS.filter(({ notForClients }) => reader.kind !== 'client' || notForClients !== true);
  yield csvLine(columns.map(({ name }) => name));
  for await (const rows of batches)
    yield rows.map((row) => csvLine(columns.map(({ valueOf }) => valueOf(row, reader)))).join('');
}

function revenueIn({ revenue, currency }: SessionListRow, part: keyof RevenueOfSession): number {
  return inMajorUnits(revenue?.[part] ?? 0, currency);
}

/** A decimal number with the currency's digits, as spreadsheets add it up: 1050 EUR cents are 10.5. */
function inMajorUnits(minor: number, currency: string): number {
  return minor / 10 ** exponentOf(currency);
}

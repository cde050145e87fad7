import { listPage, type ListAnswer, type ListParameters } from './lists';
import type { StripeModel } from './stripe-model';

/** One authenticated, validated call. */
export interface StripeCall<Parameters = object> {
  model: StripeModel;
  path: string;
  /** Path parameters by name. */
  ids: Record<string, string>;
  /** Body or query, already of the operation's shape. */
  parameters: Parameters;
  /** The connected account of the header `Stripe-Account`; null: the platform. */
  account: string | null;
}

/**
 * Declared by way of a method, so that handlers of every operation fit: the server has checked the parameters by the
 * shape of the same name.
 */
export type StripeHandler<Parameters = object> = { run(call: StripeCall<Parameters>): object }['run'];

/** The path parameter `id`. */
export const id = (call: { ids: Record<string, string> }): string => call.ids['id'] ?? '';

export function page<Row extends { id: string; created: number }>(
  call: StripeCall<ListParameters>,
  rows: Row[],
  present: (row: Row) => object,
): ListAnswer {
  return listPage(rows, call.parameters, call.path, present);
}

/** Keeps the rows whose fields equal the given filters; absent filters keep all. */
export function matching<Row>(rows: Row[], filters: Partial<Row>): Row[] {
  const wanted = Object.entries(filters).filter(([, value]) => value !== undefined) as Array<
    [keyof Row, unknown]
  >;
  return rows.filter((row) => wanted.every(([name, value]) => row[name] === value));
}

import { createHash } from 'node:crypto';
import { Client, TypeOverrides, type QueryConfig } from 'pg';

/** Distinct statements that one connection keeps prepared; past that they run unnamed. */
const MOST_PREPARED = 500;
const names = new Map<string, string>();

/**
 * A `pg` client that prepares each parametrised statement once per connection: planning is a third of
 * the cost of the hot reads. The texts come from this code base, so their number is bounded.
 */
export class PreparingClient extends Client {
  override query(...args: unknown[]): never {
    const [text, values] = args;
    if (typeof text === 'string' && Array.isArray(values) && values.length > 0) {
      const name = statementName(text);
      if (name !== undefined) {
        const named: QueryConfig = { name, text, values };
        return this.send([named, ...args.slice(2)]);
      }
    }
    return this.send(args);
  }

  /** `pg` overloads `query` seven ways; all of them are passed on as they came. */
  private send(args: unknown[]): never {
    const prototype = Client.prototype as unknown as Record<'query', (...given: unknown[]) => never>;
    return Reflect.apply(prototype['query'], this, args);
  }
}

function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MOST_PREPARED) return known;
  const name = `q_${createHash('sha1').update(text).digest('base64url')}`;
  names.set(text, name);
  return name;
}

const OID = { int8: 20, date: 1082, timestamp: 1114, timestamptz: 1184 } as const;

/** int8 as number (amounts stay below 2^53 by constraint), instants as Date, local dates and wall times as text. */
export function typeParsers(): TypeOverrides {
  const types = new TypeOverrides();
  types.setTypeParser(OID.int8, (text) => Number(text));
  types.setTypeParser(OID.date, (text) => text);
  types.setTypeParser(OID.timestamp, (text) => text.replace(' ', 'T'));
  types.setTypeParser(OID.timestamptz, (text) => new Date(text));
  return types;
}

import { exampleOf, resolved, type IdOf, type Operation, type Parameter } from '../support/api-document';
import type { Random } from '../support/random';
import { hostileHeader, hostileString, hostileValue, jsonText, UNKNOWN_MEMBERS } from './hostile-values';

export interface HostileRequest {
  operation: Operation;
  method: string;
  /** Path and query. */
  address: string;
  headers: Record<string, string>;
  body: string | undefined;
}

const BROKEN_BODIES = [
  '',
  '{',
  '[',
  '"',
  'null',
  '[]',
  '"text"',
  '42',
  '{"a":1,}',
  '{"a":1}{"a":2}',
  '\u0000',
  '<xml/>',
  'a=1&b=2',
  '{"a":NaN}',
];
const QUERIES = [
  'sort=password',
  'status[$ne]=x',
  'limit=1000000',
  'limit=-1',
  'limit=1e2',
  'limit=NaN',
  'limit=25&limit=26',
  'cursor=e30',
  'cursor=%00',
  'cursor=WyJzdGFydHNBdCJd',
  'view=all&view=past',
  '__proto__[a]=1',
  'constructor=1',
  'clientName=%25%5F%5C',
  'timezone=..%2F..%2Fetc',
  '$where=1',
  '%',
  '%ff',
  `q=${'x'.repeat(3_000)}`,
];
const MEDIA_TYPES = [
  'text/plain',
  'application/xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/json;;',
  'application/problem+json',
];

/** Makes requests that are nearly right: an operation as documented, with some of it spoilt. */
export class HostileRequests {
  constructor(
    private readonly operations: Operation[],
    private readonly random: Random,
  ) {}

  /** @param idOf ids that the caller may use, and ids of others */
  next(idOf: IdOf): HostileRequest {
    const operation = this.random.pick(this.operations);
    const body = operation.body === undefined ? this.strayBody() : this.body(operation, idOf);
    return {
      operation,
      method: operation.method,
      address: this.address(operation, idOf),
      headers: this.headers(operation, body),
      body,
    };
  }

  private happens(share: number): boolean {
    return this.random.next() < share;
  }

  private address(operation: Operation, idOf: IdOf): string {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      if (this.happens(0.15)) return this.inAddress();
      const parameter = operation.parameters.find((known) => known.in === 'path' && known.name === name);
      return encodeURIComponent(String(exampleOf(parameter?.schema ?? {}, idOf)));
    });
    const query = operation.parameters
      .filter((known) => known.in === 'query')
      .flatMap((parameter) => this.queryPart(parameter, idOf));
    if (this.happens(0.15)) query.push(this.random.pick(QUERIES));
    return query.length === 0 ? path : `${path}?${query.join('&')}`;
  }

  private queryPart({ name, required, schema }: Parameter, idOf: IdOf): string[] {
    if (required !== true && this.happens(0.6)) return [];
    if (this.happens(0.2)) return [`${name}=${this.inAddress()}`];
    if (this.happens(0.05)) return [`${name}[$ne]=1`];
    return [`${name}=${encodeURIComponent(String(exampleOf(schema, idOf)))}`];
  }

  private inAddress(): string {
    // Half a surrogate pair cannot be written in an address.
    return encodeURIComponent(Buffer.from(hostileString(this.random).slice(0, 500)).toString());
  }

  private headers({ method }: Operation, body: string | undefined): Record<string, string> {
    const mediaType = this.happens(0.05) ? this.random.pick(MEDIA_TYPES) : 'application/json';
    const key = this.happens(0.1)
      ? hostileHeader(this.random)
      : `fuzz-${Math.floor(this.random.next() * 1e9)}`;
    return {
      ...(body === undefined ? {} : { 'content-type': mediaType }),
      ...(method === 'POST' && !this.happens(0.05) ? { 'idempotency-key': key } : {}),
      ...(method !== 'GET' && this.happens(0.1) ? { 'if-match': hostileHeader(this.random) } : {}),
      ...(this.happens(0.05)
        ? { 'x-forwarded-for': hostileHeader(this.random), 'x-http-method-override': 'DELETE' }
        : {}),
      ...(this.happens(0.05) ? { accept: 'text/html', 'accept-language': 'x'.repeat(500) } : {}),
    };
  }

  private strayBody(): string | undefined {
    return this.happens(0.05) ? jsonText(hostileValue(this.random)) : undefined;
  }

  private body(operation: Operation, idOf: IdOf): string {
    if (this.happens(0.05)) return this.random.pick(BROKEN_BODIES);
    if (this.happens(0.05)) return jsonText(hostileValue(this.random));
    const schema = resolved(operation.body ?? {});
    const members = Object.entries(schema.properties ?? {}).filter(
      ([name]) => schema.required?.includes(name) === true || this.happens(0.4),
    );
    const spoilt = members.map(
      ([name, inner]) =>
        [name, this.happens(0.2) ? hostileValue(this.random) : this.spoil(exampleOf(inner, idOf))] as const,
    );
    if (this.happens(0.1)) spoilt.push([this.random.pick(UNKNOWN_MEMBERS), hostileValue(this.random)]);
    return `{${spoilt.map(([name, value]) => `${JSON.stringify(name)}:${jsonText(value)}`).join(',')}}`;
  }

  /** Something hostile inside of a list or an object. */
  private spoil(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || !this.happens(0.2)) return value;
    if (Array.isArray(value)) return [...(value as unknown[]), hostileValue(this.random)];
    const name = this.random.pick([...Object.keys(value), ...UNKNOWN_MEMBERS]);
    return Object.fromEntries([...Object.entries(value), [name, hostileValue(this.random)]]);
  }
}

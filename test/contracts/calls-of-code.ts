import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Stripe from 'stripe';

const SOURCES = join(__dirname, '../../libs/payments/src');
const IS_PRODUCT = /^(?!.*(?:spec|test-world)\.ts$).*\.ts$/;
/** `stripe.refunds.create(`, also where the line is broken. */
const CALL = /\bstripe\.((?:[a-zA-Z]+\.)+[a-zA-Z]+)\(/g;
/** Reads a signature, and asks Stripe for nothing. */
const LOCAL = ['webhooks.constructEvent'];

/**
 * Every kind of call that the code can make to Stripe, such as `POST /v1/refunds`: each method of the SDK that is named in it,
 * asked of the SDK itself.
 */
export async function callsOfCode(): Promise<string[]> {
  const methods = new Set<string>();
  for (const file of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
    if (!IS_PRODUCT.test(file)) continue;
    const code = readFileSync(join(SOURCES, file), 'utf8').replaceAll(/\s+/g, '');
    for (const [, method] of code.matchAll(CALL)) if (method !== undefined) methods.add(method);
  }
  for (const method of LOCAL) methods.delete(method);
  const calls = await Promise.all([...methods].map(requestOf));
  return [...new Set(calls)].sort();
}

/** What the SDK sends for a method: with an id in the path, where it takes one. */
async function requestOf(method: string): Promise<string> {
  for (const args of [['tr_1'], []]) {
    const sent = await sentBy(method, args);
    if (sent !== undefined && (args.length === 0 || sent.includes('/tr_1')))
      return sent.replace('/tr_1', '/{id}');
  }
  throw new Error(`The SDK has no call ${method}.`);
}

async function sentBy(method: string, args: string[]): Promise<string | undefined> {
  let sent: string | undefined;
  const recorder = Stripe.createFetchHttpClient((target: string | URL | Request, init?: RequestInit) => {
    const url = target instanceof Request ? target.url : target;
    sent ??= `${init?.method ?? 'GET'} ${new URL(url).pathname}`;
    return Promise.resolve(new Response('{}'));
  });
  const stripe = new Stripe('sk_test_none', { httpClient: recorder, maxNetworkRetries: 0 });
  try {
    const names = method.split('.');
    const last = names.pop() ?? '';
    const resource = names.reduce<object>((owner, name) => Reflect.get(owner, name) as object, stripe);
    await (Reflect.get(resource, last) as (...given: string[]) => Promise<unknown>).apply(resource, args);
  } catch {
    // A method that takes no id refuses one.
  }
  return sent;
}

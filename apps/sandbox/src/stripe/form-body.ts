export type FormValue = string | FormValue[] | { [name: string]: FormValue };
export type FormObject = { [name: string]: FormValue };

const MAX_DEPTH = 8;
const UNSAFE_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

/** The form cannot be read as nested brackets. */
export class MalformedForm extends Error {}

/**
 * Decodes Stripe's form encoding, `transfer_data[destination]=acct_1&expand[0]=latest_charge`. All leaves are text.
 *
 * @throws MalformedForm for unsafe names, too deep nesting, or a name used as value and as object
 */
export function decodeForm(text: string): FormObject {
  const root: FormObject = {};
  for (const [name, value] of new URLSearchParams(text)) assign(root, splitName(name), value);
  return listsFromIndexes(root) as FormObject;
}

function splitName(name: string): string[] {
  const first = name.split('[', 1)[0] ?? '';
  const rest = name.slice(first.length);
  if (first === '' || !/^(?:\[[^[\]]*\])*$/.test(rest))
    throw new MalformedForm(`Invalid parameter name: ${name}`);
  const parts = [first, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map((match) => match[1] ?? '')];
  if (parts.length > MAX_DEPTH) throw new MalformedForm(`Parameter is nested too deeply: ${name}`);
  if (parts.some((part) => UNSAFE_NAMES.has(part)))
    throw new MalformedForm(`Invalid parameter name: ${name}`);
  return parts;
}

function assign(root: FormObject, path: string[], value: string): void {
  let target = root;
  path.forEach((part, index) => {
    const name = part === '' ? String(Object.keys(target).length) : part; // `list[]=a` appends
    if (index === path.length - 1) {
      target[name] = value;
      return;
    }
    const next = (target[name] ??= {});
    if (typeof next === 'string' || Array.isArray(next))
      throw new MalformedForm(`Invalid parameter: ${path.join('.')}`);
    target = next;
  });
}

/** Objects whose names are 0, 1, 2 … are lists. */
function listsFromIndexes(value: FormValue): FormValue {
  if (typeof value === 'string' || Array.isArray(value)) return value;
  const names = Object.keys(value);
  const isList = names.length > 0 && names.every((name, index) => name === String(index));
  if (isList) return names.map((name) => listsFromIndexes(value[name] ?? ''));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, listsFromIndexes(inner)]));
}

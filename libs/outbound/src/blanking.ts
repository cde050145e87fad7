/** Names of values that must not be written down; the value is replaced, the name stays. `token_type` is none. */
const SECRET =
  /authorization|secret|token(?!_type\b)|password|passcode|start_url|\bcode\b|code_verifier|cookie|api[-_]?key/i;
const BLANK = '[blanked]';

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

export function blanked(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, SECRET.test(name) ? BLANK : value]),
  );
}

/** JSON and form bodies are shown as objects; anything else as text. */
export function blankedBody(text: string | null): Json {
  if (text === null || text === '') return null;
  try {
    return blankedJson(JSON.parse(text) as Json);
  } catch {
    return text.includes('=') && !/[\s<]/.test(text)
      ? blanked(Object.fromEntries(new URLSearchParams(text)))
      : text;
  }
}

function blankedJson(value: Json): Json {
  if (Array.isArray(value)) return value.map(blankedJson);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET.test(name) && typeof inner === 'string' ? BLANK : blankedJson(inner),
    ]),
  );
}

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Makes text safe inside HTML elements and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => HTML_ESCAPES[character] ?? character);
}

/** Spreadsheets run a cell as a formula when it begins with one of these, after blanks too (OWASP: CSV injection). */
const FORMULA_START = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/u;

/** Text that a spreadsheet would run as a formula gets a leading apostrophe; other text stays as it is. */
export function formulaSafe(text: string): string {
  return FORMULA_START.test(text) ? `'${text}` : text;
}

/** Text for a mail header or a log line: every run of line breaks and control characters becomes one space. */
export function singleLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

/** Lower-case letters that no combining mark explains; what PostgreSQL's unaccent dictionary writes for them. */
const PLAIN_LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ŧ: 't',
  ĸ: 'q',
  ɓ: 'b',
  ɗ: 'd',
  ɛ: 'e',
  ƙ: 'k',
  ƴ: 'y',
  ё: 'е',
};
const PLAIN_LETTER = new RegExp(`[${Object.keys(PLAIN_LETTERS).join('')}]`, 'g');
const ACCENTS = /[\u0300-\u0362]/g;

/**
 * The form of a name that a search compares: lower-case, without accents ("Zoë Łukasz" → "zoe lukasz").
 *
 * It agrees with the SQL function search_key(text), `lower(unaccent(…))`, for names in NFC; change both together. Like
 * unaccent it takes accents off Latin and Greek letters only: elsewhere a mark makes another letter (й is not и, and
 * Devanagari's vowels are marks). Rare phonetic letters differ; a search in SQL should call search_key on its text.
 */
export function searchKey(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\p{Script=Latin}\p{Script=Greek}]/gu, (letter) => letter.normalize('NFD'))
    .replace(ACCENTS, '')
    .replace(PLAIN_LETTER, (letter) => PLAIN_LETTERS[letter] ?? letter);
}

/**
 * The name a list is sorted by: "Last, First". The last word counts as the family name; a name of one word, or one that
 * already has a comma, stays as it is.
 */
export function sortName(displayName: string): string {
  const words = displayName.trim().split(/\s+/);
  const last = words.at(-1);
  if (words.length < 2 || last === undefined || displayName.includes(',')) return words.join(' ');
  return `${last}, ${words.slice(0, -1).join(' ')}`;
}

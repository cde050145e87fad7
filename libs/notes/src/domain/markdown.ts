/** Elements that do something by themselves; they go with everything inside them. */
const ACTIVE_ELEMENTS = ['script', 'style', 'iframe', 'object', 'noscript', 'template', 'svg', 'math'];

/** Tags of HTML: they go, the text between them stays. */
const TAG =
  /<\/?(?:a|abbr|address|applet|article|aside|audio|b|base|bdi|bdo|big|blockquote|body|br|button|canvas|caption|center|cite|code|col|colgroup|dd|del|details|dfn|dialog|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|label|legend|li|link|main|map|mark|marquee|math|meta|nav|noscript|object|ol|optgroup|option|output|p|param|picture|pre|progress|q|s|samp|script|section|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|track|tt|u|ul|var|video|wbr)(?:[\s/][^<>]*)?>/gi;
/** What could still begin a tag, a comment or a declaration. */
const TAG_START = /<(?=[a-z/!?])/gi;

/** Addresses in angle brackets are Markdown, not HTML. */
const AUTOLINK = /<(?:https?:\/\/|mailto:)[^\s<>"'`]+>|<[\w.+-]+@[\w-]+(?:\.[\w-]+)+>/gi;
const EVENT_ATTRIBUTE = /\/on[a-z]+=/i;
/** Stands for a kept autolink; control characters are gone by then, so no text can hold it. */
const MARK = '\u0001';
const MARKED = new RegExp(`${MARK}(\\d+)${MARK}`, 'g');

/** An address in angle brackets that belongs to a link: `[text](<my file.pdf>)`. */
const ANGLED_ADDRESS = /(\]\([\s>]*)<([^<>\n]*)>/g;
/** Before the address of a link or image, `](`, and of a link defined apart, `]:`. */
const BEFORE_ADDRESS = /\]([(:])[\s<>]*/g;
const ADDRESS = /^[^\s<>]*/;
const MOST_ADDRESS_CHARACTERS = 2_000;
const REMOVED_ADDRESS = '#';

const LINK_SCHEMES: ReadonlySet<string> = new Set(['http', 'https', 'mailto', 'tel']);
/** A definition may be mere text ("[Ana]: note: …"), so only what can run or read something is refused there. */
const RUNNING_SCHEMES: ReadonlySet<string> = new Set([
  'javascript',
  'vbscript',
  'data',
  'file',
  'blob',
  'filesystem',
  'view-source',
]);

/**
 * Markdown without raw HTML and without links that run something (A67). Ordinary Markdown comes back unchanged, and so
 * does a result that is cleaned again. Text is kept: what merely looks like the start of a tag is written as `&lt;`.
 * Time grows with the length of the text, not with its square.
 */
export function cleanMarkdown(text: string): string {
  const { marked, autolinks } = setAside(withoutControls(text));
  const stripped = withoutActiveElements(withoutAngles(marked)).replace(TAG, '').replace(TAG_START, '&lt;');
  // What stood between two brackets may have been a tag: look at the addresses again.
  const bare = withoutAngles(stripped);
  return withoutUnsafeLinks(bare.replace(MARKED, (_, index: string) => autolinks[Number(index)] ?? ''));
}

/** Line breaks and tabs stay. Halves of surrogate pairs, which no database takes, become the replacement character. */
function withoutControls(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD').replace(/(?![\n\r\t])\p{Cc}/gu, '');
}

function setAside(text: string): { marked: string; autolinks: string[] } {
  const autolinks: string[] = [];
  const marked = text.replace(AUTOLINK, (autolink) => {
    if (EVENT_ATTRIBUTE.test(autolink)) return autolink.slice(1, -1);
    autolinks.push(autolink);
    return `${MARK}${autolinks.length - 1}${MARK}`;
  });
  return { marked, autolinks };
}

/** Spells the addresses of links without angle brackets, so that there is one form to judge. */
function withoutAngles(text: string): string {
  return text.replace(ANGLED_ADDRESS, (_, before: string, address: string) => {
    const spelled = address
      .trim()
      .replace(/[\s()]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
    return before + spelled;
  });
}

function withoutActiveElements(text: string): string {
  const rest = ACTIVE_ELEMENTS.reduce((left, name) => without(left, `<${name}\\b`, `</${name}\\s*>`), text);
  return without(rest, '<!--', '-->');
}

/** Without what stands between an opening and the next closing; an opening that is never closed stays. */
function without(text: string, opening: string, closing: string): string {
  const open = new RegExp(opening, 'gi');
  const close = new RegExp(closing, 'gi');
  let kept = '';
  let at = 0;
  for (let start = open.exec(text); start !== null; start = open.exec(text)) {
    close.lastIndex = start.index;
    if (close.exec(text) === null) break;
    kept += text.slice(at, start.index);
    at = close.lastIndex;
    open.lastIndex = at;
  }
  return kept + text.slice(at);
}

function withoutUnsafeLinks(text: string): string {
  let kept = '';
  let at = 0;
  for (const match of text.matchAll(BEFORE_ADDRESS)) {
    const start = match.index + match[0].length;
    const address = ADDRESS.exec(text.slice(start, start + MOST_ADDRESS_CHARACTERS))?.[0] ?? '';
    if (start < at || isHarmless(address, match[1] === '(')) continue;
    kept += text.slice(at, start) + REMOVED_ADDRESS;
    at = start + (match[1] === '(' ? lengthToBracket(address) : address.length);
  }
  return kept + text.slice(at);
}

function isHarmless(address: string, isLink: boolean): boolean {
  if (address.length >= MOST_ADDRESS_CHARACTERS) return false;
  const scheme = schemeOf(address);
  if (scheme === undefined) return true;
  return isLink ? LINK_SCHEMES.has(scheme) : !RUNNING_SCHEMES.has(scheme);
}

/** The scheme as a browser would see it: references and escapes resolved, white space gone. */
function schemeOf(address: string): string | undefined {
  const seen = address
    .replace(/&#x([0-9a-f]{1,8});?/gi, (_, hex: string) => character(Number.parseInt(hex, 16)))
    .replace(/&#(\d{1,8});?/g, (_, decimal: string) => character(Number(decimal)))
    .replace(/&colon;/gi, ':')
    .replace(/&(?:tab|newline);/gi, '')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1')
    .replace(/[\s\p{Cc}\p{Cf}]/gu, '');
  return /^([a-z][a-z0-9+.-]*):/i.exec(seen)?.[1]?.toLowerCase();
}

function character(code: number): string {
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : '';
}

/** Characters up to the round bracket that closes the link; brackets inside an address come in pairs. */
function lengthToBracket(address: string): number {
  let open = 0;
  for (let at = 0; at < address.length; at += 1) {
    if (address[at] === '(') open += 1;
    if (address[at] === ')') {
      if (open === 0) return at;
      open -= 1;
    }
  }
  return address.length;
}

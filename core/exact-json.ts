/** What JSON.parse cannot keep has at least so many digits. */
const LONG = /[\d.]{16}/;
/** Brackets, and numbers of many digits; the look-behind keeps the digits of an exponent from being one. */
const TOKEN = /[[\]{}]|(?<![\d.eE+-])-?[\d.]{16,}(?:[eE][+-]?\d+)?/g;
const WHOLE = /^-?\d+$/;

/**
 * JSON whose long numbers stay as they are written, as texts: whole numbers beyond 2^53 wherever they stand (64-bit
 * ids), and every number of more than 15 digits at `depth`, where the values of a row are. The rest is what JSON.parse
 * gives.
 * @param depth brackets around a row's values: 1 in `{"id":1}`, 3 in `{"data":[{"id":1}]}`
 * @throws SyntaxError as JSON.parse
 */
export function parseExactJson(text: string, depth: number): unknown {
  const value: unknown = JSON.parse(text);
  return LONG.test(text) ? (JSON.parse(quoteLongNumbers(text, depth)) as unknown) : value;
}

/** Sound JSON is given: outside strings a run of digits is a number. */
function quoteLongNumbers(text: string, depth: number): string {
  const pieces: string[] = [];
  let level = 0;
  const quote = (token: string): string => {
    if (token === '{' || token === '[') level++;
    else if (token === '}' || token === ']') level--;
    else if (isInexact(token) && (level === depth || WHOLE.test(token))) return `"${token}"`;
    return token;
  };
  for (let position = 0; position < text.length;) {
    const open = text.indexOf('"', position);
    const end = open < 0 ? text.length : open;
    pieces.push(text.slice(position, end).replace(TOKEN, quote));
    position = open < 0 ? end : endOfString(text, open);
    pieces.push(text.slice(end, position));
  }
  return pieces.join('');
}

function isInexact(token: string): boolean {
  if (WHOLE.test(token)) return !Number.isSafeInteger(Number(token));
  const digits = token
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '');
  return digits.length > 15;
}

function endOfString(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); ; close = text.indexOf('"', close + 1)) {
    let slashes = 0;
    while (text[close - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return close + 1;
  }
}

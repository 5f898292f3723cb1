import { invalidFile } from './row-batch';

/** Takes the raw text of one element and what reports call it: index + 1, or the line. */
export type ElementSink = (row: number, text: string) => void;

/** Cuts text, fed in arbitrary pieces, into the texts of JSON values; whether each is sound JSON, JSON.parse says. */
export interface ElementSplitter {
  /** @throws AppError INVALID_FILE when the file is no such list, ends too early, or one element is too long */
  push(piece: string, isLast: boolean): void;
}

const SPACE = /[ \t\n\r]/;
/** What ends a number or a word, and what opens, closes or hides a bracket. */
const AFTER_WORD = /[,\]\s]/g;
const BRACKETS = /["[\]{}]/g;

/** The elements of one array; an object alone counts as its only element. */
export class ArrayElements implements ElementSplitter {
  private carry = '';
  private count = 0;
  private state: 'start' | 'first' | 'value' | 'separator' | 'end' = 'start';
  private isAlone = false;
  /** Of the element that begins the carry: how far it has been looked at, and how many brackets are open there. */
  private scanned = 0;
  private depth = 0;

  constructor(
    private readonly maxLength: number,
    private readonly sink: ElementSink,
  ) {}

  push(piece: string, isLast: boolean): void {
    const text = this.carry + piece;
    let position = 0;
    while (position < text.length) {
      if (this.scanned === 0 && SPACE.test(text.charAt(position))) {
        position++;
        continue;
      }
      const next = this.step(text, position, isLast);
      if (next < 0) break;
      position = next;
    }
    this.carry = text.slice(position);
    if (this.carry.length > this.maxLength) {
      throw invalidFile(`Element ${this.count + 1} is longer than ${this.maxLength} characters.`);
    }
    if (isLast && (this.state !== 'end' || this.carry !== '')) {
      throw invalidFile(
        this.state === 'start' ? 'The file is empty.' : `The JSON ends within or after element ${this.count + 1}.`,
      );
    }
  }

  /** Reads one mark or one element; returns where the next begins, or -1 when more text must come. */
  private step(text: string, at: number, isLast: boolean): number {
    const mark = text[at];
    if (this.state === 'start' && mark === '[') this.state = 'first';
    else if (this.state === 'start' && mark === '{') return this.element(text, at, isLast);
    else if (this.state === 'first' && mark === ']') this.state = 'end';
    else if (this.state === 'first' || this.state === 'value') return this.element(text, at, isLast);
    else if (this.state === 'separator' && mark === ',') this.state = 'value';
    else if (this.state === 'separator' && mark === ']') this.state = 'end';
    else throw this.refuse();
    return at + 1;
  }

  private element(text: string, at: number, isLast: boolean): number {
    const end = this.endOfValue(text, at, isLast);
    if (end < 0) return -1;
    if (end === at) throw this.refuse();
    this.scanned = 0;
    this.depth = 0;
    this.isAlone = this.state === 'start';
    this.state = this.isAlone ? 'end' : 'separator';
    this.count++;
    this.sink(this.count, text.slice(at, end));
    return end;
  }

  private endOfValue(text: string, at: number, isLast: boolean): number {
    if (!'{["'.includes(text.charAt(at))) {
      AFTER_WORD.lastIndex = at;
      return AFTER_WORD.exec(text)?.index ?? (isLast ? text.length : -1);
    }
    BRACKETS.lastIndex = at + this.scanned;
    for (let found = BRACKETS.exec(text); found; found = BRACKETS.exec(text)) {
      if (found[0] === '"') {
        const close = endOfString(text, found.index);
        if (close < 0) return this.pause(found.index - at);
        BRACKETS.lastIndex = close;
      } else this.depth += found[0] === '{' || found[0] === '[' ? 1 : -1;
      if (this.depth === 0) return BRACKETS.lastIndex;
    }
    return this.pause(text.length - at);
  }

  private pause(scanned: number): number {
    this.scanned = scanned;
    return -1;
  }

  private refuse(): Error {
    if (this.state === 'start') return invalidFile('The JSON is no array of objects.');
    const hint = this.isAlone ? '; for one object a line, state `"format":"ndjson"`' : '';
    return invalidFile(`The JSON is broken after element ${this.count}${hint}.`);
  }
}

/** One JSON value a line (NDJSON); blank lines are counted, not delivered. */
export class LineElements implements ElementSplitter {
  private carry = '';
  private line = 0;

  constructor(
    private readonly maxLength: number,
    private readonly sink: ElementSink,
  ) {}

  push(piece: string, isLast: boolean): void {
    const lines = (this.carry + piece).split('\n');
    this.carry = isLast ? '' : (lines.pop() ?? '');
    if (this.carry.length > this.maxLength) throw this.tooLong();
    for (const text of lines) {
      this.line++;
      if (text.length > this.maxLength) throw this.tooLong();
      if (text.trim() !== '') this.sink(this.line, text);
    }
  }

  private tooLong(): Error {
    return invalidFile(`Line ${this.line + 1}: longer than ${this.maxLength} characters.`);
  }
}

/** Position after the closing quote, -1 when it has not come. */
function endOfString(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); close >= 0; close = text.indexOf('"', close + 1)) {
    let slashes = 0;
    while (text[close - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return close + 1;
  }
  return -1;
}

import { invalidFile, type ReadLimits } from './row-batch';

/** Takes the cells of one record and the 1-based line on which it starts. */
export type RecordSink = (line: number, cells: string[]) => void;

const QUOTE = 34;
const LF = 10;
const CR = 13;

/**
 * Splits CSV text, fed in arbitrary pieces, into records. RFC 4180 with three liberties that real files need: CRLF,
 * LF and CR all end a line; a quote inside an unquoted cell is an ordinary character; records may differ in length.
 * Lines without a quote take a path made of two native calls. Empty lines are counted, not delivered.
 */
export class CsvRecords {
  private carry = '';
  private line = 1;
  private cells: string[] = [];

  constructor(
    private readonly delimiter: string,
    private readonly limits: Pick<ReadLimits, 'columns' | 'cellLength' | 'recordLength'>,
    private readonly sink: RecordSink,
  ) {}

  /**
   * @param isLast the file ends with this text
   * @throws AppError INVALID_FILE with the line: unterminated quote, text after a closing quote, a limit
   */
  push(piece: string, isLast: boolean): void {
    const text = this.carry + piece;
    let position = 0;
    let [quote, lf, cr] = [-1, -1, -1];
    while (position < text.length) {
      if (quote < position) quote = find(text, '"', position);
      if (lf < position) lf = find(text, '\n', position);
      if (cr < position) cr = find(text, '\r', position);
      const end = Math.min(lf, cr);
      let next: number;
      if (quote < end) next = this.readQuoted(text, position, isLast);
      else if (end === Infinity) next = isLast ? this.readPlain(text, position, text.length) : -1;
      else next = this.readPlain(text, position, end, isLast);
      if (next < 0) break;
      position = next;
    }
    this.carry = text.slice(position);
    if (this.carry.length > this.limits.recordLength) {
      throw this.refuse(`the record is longer than ${this.limits.recordLength} characters`);
    }
  }

  /** A line known to hold no quote. Returns where the next begins, or -1 when more text must come. */
  private readPlain(text: string, start: number, end: number, isLast = true): number {
    const next = afterBreak(text, end, isLast);
    if (next < 0) return -1;
    if (end > start) {
      // One more than allowed is enough to see that there are too many.
      const cells = text.slice(start, end).split(this.delimiter, this.limits.columns + 1);
      if (end - start > this.limits.cellLength) for (const cell of cells) this.checkLength(cell.length);
      this.sink(this.line, cells);
    }
    this.line++;
    return next;
  }

  /** A record with a quote somewhere. Returns where the next begins, or -1 when more text must come. */
  private readQuoted(text: string, start: number, isLast: boolean): number {
    const firstLine = this.line;
    this.cells = [];
    let position = start;
    for (;;) {
      const isQuoted = text.charCodeAt(position) === QUOTE;
      position = isQuoted ? this.readQuotedCell(text, position, isLast) : this.readBareCell(text, position);
      if (position < 0 || (position === text.length && !isLast)) return this.rewind(firstLine);
      if (text[position] !== this.delimiter) break;
      position++;
    }
    const next = afterBreak(text, position, isLast);
    if (next < 0) return this.rewind(firstLine);
    this.sink(firstLine, this.cells);
    this.line++;
    return next;
  }

  /** Reads from an opening quote to the character after the closing one. */
  private readQuotedCell(text: string, open: number, isLast: boolean): number {
    let from = open + 1;
    let hasDoubled = false;
    for (;;) {
      const close = text.indexOf('"', from);
      if (close < 0) {
        this.checkLength(text.length - from);
        if (isLast) throw this.refuse('a quote is opened and never closed');
        return -1;
      }
      // The quote may be the first half of a doubled one.
      if (close === text.length - 1 && !isLast) return -1;
      if (text.charCodeAt(close + 1) === QUOTE) {
        hasDoubled = true;
        from = close + 2;
        continue;
      }
      const raw = text.slice(open + 1, close);
      this.add(hasDoubled ? raw.replaceAll('""', '"') : raw);
      this.checkAfterQuote(text, close + 1);
      this.line += countBreaks(raw);
      return close + 1;
    }
  }

  private readBareCell(text: string, start: number): number {
    const delimiter = this.delimiter.charCodeAt(0);
    let end = start;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === delimiter || code === LF || code === CR) break;
    }
    this.add(text.slice(start, end));
    return end;
  }

  private checkAfterQuote(text: string, position: number): void {
    if (position >= text.length) return;
    const code = text.charCodeAt(position);
    if (code === LF || code === CR || text[position] === this.delimiter) return;
    throw this.refuse('text follows a closing quote; quotes inside a quoted cell must be doubled');
  }

  private add(cell: string): void {
    this.checkLength(cell.length);
    if (this.cells.length <= this.limits.columns) this.cells.push(cell);
  }

  private checkLength(length: number): void {
    if (length > this.limits.cellLength) {
      throw this.refuse(`a cell is longer than ${this.limits.cellLength} characters; perhaps a quote is never closed`);
    }
  }

  private rewind(line: number): number {
    this.line = line;
    return -1;
  }

  private refuse(what: string): Error {
    return invalidFile(`Line ${this.line}: ${what}.`, { line: this.line });
  }
}

function find(text: string, character: string, from: number): number {
  const index = text.indexOf(character, from);
  return index < 0 ? Infinity : index;
}

/** Skips the line break at `end`; -1 for a CR that the next piece may continue to CRLF. */
function afterBreak(text: string, end: number, isLast: boolean): number {
  if (text.charCodeAt(end) !== CR) return Math.min(end + 1, text.length);
  if (end === text.length - 1) return isLast ? text.length : -1;
  return text.charCodeAt(end + 1) === LF ? end + 2 : end + 1;
}

function countBreaks(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === LF || (code === CR && text.charCodeAt(index + 1) !== LF)) count++;
  }
  return count;
}

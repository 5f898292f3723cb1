import type { Cell } from '../cells/cell';
import { invalidFile, type ReadLimits } from './row-batch';
import { unescapeText } from './xlsx-parts';
import { readAttribute, type XmlHandler } from './xml-scanner';

/** What the cells of a sheet refer to. */
export interface SheetContext {
  strings: string[];
  /** By style index, whether the style shows a date. */
  dateStyles: boolean[];
  is1904: boolean;
  limits: ReadLimits;
}

/** Of a sheet, in Excel. */
const MAX_ROWS = 1_048_576;
const DAY_MS = 86_400_000;
const EPOCH_1904 = Date.UTC(1904, 0, 1);
const EPOCH_1900 = Date.UTC(1899, 11, 31);
/** Excel counts a 29 February 1900 that never was. */
const FALSE_LEAP_DAY = 60;

/** Puts the rows of a sheet together from its XML. */
export class SheetRows implements XmlHandler {
  wantsText = false;
  private row = 0;
  private cells: Cell[] = [];
  private column = -1;
  private type = 'n';
  private style = -1;
  private value = '';
  private isPhonetic = false;

  /** @param sink takes the sheet's row number and the cells up to the last one given */
  constructor(
    private readonly context: SheetContext,
    private readonly sink: (row: number, cells: Cell[]) => void,
  ) {}

  open(name: string, attributes: string): void {
    if (name === 'c') this.openCell(attributes);
    else if (name === 'v') this.wantsText = true;
    else if (name === 't') this.wantsText = !this.isPhonetic;
    else if (name === 'rPh') this.isPhonetic = true;
    else if (name === 'row') this.openRow(attributes);
  }

  close(name: string): void {
    if (name === 'v' || name === 't') this.wantsText = false;
    else if (name === 'c') this.closeCell();
    else if (name === 'rPh') this.isPhonetic = false;
    else if (name === 'row') this.sink(this.row, this.cells);
  }

  text(text: string): void {
    this.value += text;
    this.checkLength(this.value);
  }

  private openRow(attributes: string): void {
    const given = readAttribute(attributes, 'r');
    const row = given === undefined ? this.row + 1 : Number(given);
    // What follows counts on rows being in order, each number once.
    if (!Number.isSafeInteger(row) || row <= this.row || row > MAX_ROWS) {
      throw this.refuse('the next row has no valid number');
    }
    this.row = row;
    this.cells = [];
    this.column = -1;
  }

  private openCell(attributes: string): void {
    const reference = readAttribute(attributes, 'r');
    this.column = reference === undefined ? this.column + 1 : columnOf(reference);
    const { columns } = this.context.limits;
    if (this.column >= columns) throw this.refuse(`more than ${columns} columns`);
    if (this.column < 0) throw this.refuse('a cell has no valid reference');
    this.type = readAttribute(attributes, 't') ?? 'n';
    const style = readAttribute(attributes, 's');
    this.style = style === undefined ? -1 : Number(style);
    this.value = '';
  }

  private closeCell(): void {
    while (this.cells.length < this.column) this.cells.push(null);
    this.cells[this.column] = this.toCell();
  }

  private toCell(): Cell {
    const { value, type } = this;
    if (type === 'n') return value === '' ? null : this.toNumber(value);
    if (type === 's') {
      const text = this.context.strings[Number(value)];
      if (text === undefined) throw this.refuse('a cell refers to a text that is not in the file');
      this.checkLength(text);
      return text;
    }
    if (type === 'b') return value === '1' || value === 'true';
    return unescapeText(value);
  }

  private toNumber(value: string): Cell {
    const number = Number(value);
    if (!Number.isFinite(number)) return value;
    return this.context.dateStyles[this.style] ? toWallTime(number, this.context.is1904) : number;
  }

  private checkLength(text: string): void {
    const { cellLength } = this.context.limits;
    if (text.length > cellLength) throw this.refuse(`a cell is longer than ${cellLength} characters`);
  }

  private refuse(what: string): Error {
    return invalidFile(`Row ${this.row}: ${what}.`, { row: this.row });
  }
}

/** 0 for A; -1 for anything that does not begin with letters. Stops counting where every limit is passed. */
function columnOf(reference: string): number {
  let column = 0;
  for (let index = 0; index < reference.length && column < 1e6; index++) {
    // Upper case by clearing one bit; digits leave the range of letters.
    const letter = (reference.charCodeAt(index) & ~32) - 64;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  return column - 1;
}

/** ISO text without an offset, for a sheet knows no zone. Numbers beyond the calendar give text that is no date. */
function toWallTime(serial: number, is1904: boolean): string {
  const days = !is1904 && serial >= FALSE_LEAP_DAY ? serial - 1 : serial;
  const date = new Date((is1904 ? EPOCH_1904 : EPOCH_1900) + Math.round(days * DAY_MS));
  if (serial < 0 || !(date.getUTCFullYear() <= 9999)) return '#NUM!';
  const iso = date.toISOString();
  return iso.endsWith('.000Z') ? iso.slice(0, -5) : iso.slice(0, -1);
}

import { isEmptyCell, type Cell } from './cell';
import { invalidFile, type ReadLimits } from './row-batch';
import { toCell, type CellContext, type RawCell } from './xlsx-cell';
import { readAttribute, type XmlHandler } from './xml-scanner';

/** What the cells of a sheet refer to, and what they may cost. */
export interface SheetContext extends CellContext {
  limits: ReadLimits;
}

/** Of a sheet, in Excel. */
const MAX_ROWS = 1_048_576;

/** Puts the rows of a sheet together from its XML. */
export class SheetRows implements XmlHandler {
  wantsText = false;
  private row = 0;
  private cells: Cell[] = [];
  private column = -1;
  private readonly cell: RawCell = { type: 'n', style: -1, value: undefined, inline: undefined, hasFormula: false };
  private isPhonetic = false;
  private isInline = false;

  /** @param sink takes the sheet's row number and the cells up to the last one given */
  constructor(
    private readonly context: SheetContext,
    private readonly sink: (row: number, cells: Cell[]) => void,
  ) {}

  open(name: string, attributes: string): void {
    if (name === 'c') this.openCell(attributes);
    else if (name === 'v') {
      this.wantsText = true;
      this.cell.value = '';
    } else if (name === 'f') this.cell.hasFormula = true;
    else if (name === 't') this.wantsText = this.isInline && !this.isPhonetic;
    else if (name === 'is') {
      this.isInline = true;
      this.cell.inline = '';
    } else if (name === 'rPh') this.isPhonetic = true;
    else if (name === 'row') this.openRow(attributes);
  }

  close(name: string): void {
    if (name === 'v' || name === 't') this.wantsText = false;
    else if (name === 'c') this.closeCell();
    else if (name === 'is') this.isInline = false;
    else if (name === 'rPh') this.isPhonetic = false;
    else if (name === 'row') this.sink(this.row, this.cells);
  }

  text(text: string): void {
    const { cell } = this;
    if (this.isInline) this.checkLength((cell.inline += text));
    else this.checkLength((cell.value += text));
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
    if (this.column < 0) throw this.refuse('a cell has no valid reference');
    const { cell } = this;
    cell.type = readAttribute(attributes, 't') ?? 'n';
    const style = readAttribute(attributes, 's');
    cell.style = style === undefined ? 0 : Number(style);
    cell.value = undefined;
    cell.inline = undefined;
    cell.hasFormula = false;
  }

  /** A cell without a value makes no column: sheets are formatted, and formulas filled in, far beyond their last one. */
  private closeCell(): void {
    const cell = toCell(this.cell, this.context);
    if (cell === undefined) throw this.refuse('a cell refers to a text that is not in the file');
    if (isEmptyCell(cell)) return;
    const { columns } = this.context.limits;
    if (this.column >= columns) throw this.refuse(`a value beyond the first ${columns} columns`);
    if (typeof cell === 'string') this.checkLength(cell);
    while (this.cells.length < this.column) this.cells.push(null);
    this.cells[this.column] = cell;
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

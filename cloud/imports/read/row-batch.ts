import { AppError } from '../../../core/errors';
import { cellToText } from './cell';
import { isEmptyCell, type Cell } from './cell';

/** One input row; `cells` is as long as the header and in its order, so that no object is keyed by file content. */
export interface RawRow {
  /** What error reports call the row: CSV line, sheet row number, or JSON index + 1. */
  row: number;
  cells: Cell[];
  /** The row has values beyond the header's columns, or is no row at all: report ROW_SHAPE. */
  shape?: true;
}

/** Rows in file order. The first batch comes even without rows, so that the header can be checked. */
export interface RawBatch {
  header: string[];
  rows: RawRow[];
}

/** What a file may cost; more than that refuses the file. */
export interface ReadLimits {
  fileBytes: number;
  columns: number;
  /** Characters of one cell. */
  cellLength: number;
  /** Characters of one CSV record. */
  recordLength: number;
  /** Unpacked bytes of the parts of a workbook that are read, together. */
  inflatedBytes: number;
  /** Unpacked ÷ packed size of a part that is read; applies from `ratioFromBytes` on. */
  inflateRatio: number;
  ratioFromBytes: number;
  /** Unpacked bytes of a workbook's shared strings, the one part that is held in memory: up to 2.5 times as much there. */
  sharedStringBytes: number;
}

/** What a reader is given; the file's size has been checked. */
export interface ReadRequest {
  path: string;
  limits: ReadLimits;
  sheet?: string | number;
}

/** Reads one format from disk, a batch ahead of the consumer at most, and closes the file when it is abandoned. */
export type FormatReader = (request: ReadRequest) => AsyncIterable<RawBatch>;

const MIB = 1024 * 1024;

export const DEFAULT_READ_LIMITS: Readonly<ReadLimits> = {
  fileBytes: 100 * MIB,
  columns: 1_000,
  cellLength: MIB,
  recordLength: 8 * MIB,
  inflatedBytes: 1024 * MIB,
  inflateRatio: 250,
  ratioFromBytes: 128 * MIB,
  sharedStringBytes: 96 * MIB,
};

/** Rows a batch holds at most. */
export const BATCH_ROWS = 2_000;

/** The refusal of a file: what is wrong and where. */
export function invalidFile(message: string, details: Record<string, unknown> = {}, cause?: unknown): AppError {
  return new AppError('INVALID_FILE', message, { details, cause });
}

/** Gathers rows into batches and holds every format to one idea of headers, blank rows and row shape. */
export class BatchBuilder {
  private header: string[] | undefined;
  private rows: RawRow[] = [];
  private delivered = false;

  constructor(private readonly limits: ReadLimits) {}

  /** Takes the first row that is not blank as the header; true when a batch is ready. */
  add(row: number, cells: Cell[]): boolean {
    if (isBlank(cells)) return false;
    if (this.header === undefined) {
      this.header = toHeader(cells, row, this.limits);
      return false;
    }
    return this.push(row, cells, this.header.length);
  }

  /** The full batch; afterwards a new one begins. */
  take(): RawBatch {
    const rows = this.rows;
    this.rows = [];
    this.delivered = true;
    return { header: this.header ?? [], rows };
  }

  /**
   * What is left at the end of the file, if anything.
   * @throws AppError INVALID_FILE when there never was a header
   */
  finish(): RawBatch | undefined {
    if (this.header === undefined) throw invalidFile('The file is empty: it has no header row.');
    return this.rows.length > 0 || !this.delivered ? this.take() : undefined;
  }

  private push(row: number, cells: Cell[], width: number): boolean {
    let hasExtra = false;
    if (cells.length > width) {
      for (let index = width; index < cells.length; index++) hasExtra ||= !isEmptyCell(cells[index]);
      cells.length = width;
    }
    while (cells.length < width) cells.push('');
    this.rows.push(hasExtra ? { row, cells, shape: true } : { row, cells });
    return this.rows.length >= BATCH_ROWS;
  }
}

function isBlank(cells: Cell[]): boolean {
  for (const cell of cells) if (!isEmptyCell(cell)) return false;
  return true;
}

/** Columns without a name, or with one that occurs twice, stay, so that positions hold; the plan refuses to use them. */
function toHeader(cells: Cell[], row: number, limits: ReadLimits): string[] {
  const header = cells.map((cell) => cellToText(cell).trim());
  if (header.length > limits.columns) {
    throw invalidFile(`Row ${row}: more than ${limits.columns} columns.`, { row });
  }
  return header;
}

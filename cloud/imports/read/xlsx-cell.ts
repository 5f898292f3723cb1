import { CellFault, type Cell } from './cell';
import { serialToText, type DateKind } from './xlsx-dates';
import { unescapeText } from './xlsx-parts';

/** What the cells of a sheet refer to. */
export interface CellContext {
  strings: string[];
  /** By style index. */
  dateKinds: DateKind[];
  is1904: boolean;
  /** The workbook says that its formulas are still to be calculated: a result of 0 is a place holder. */
  isUncalculated: boolean;
}

/** A cell as its XML says it. */
export interface RawCell {
  /** The attribute t; n when it is absent. */
  type: string;
  style: number;
  /** Text of `<v>`; undefined when there is no such element. */
  value: string | undefined;
  /** Text of `<is>`, likewise. */
  inline: string | undefined;
  hasFormula: boolean;
}

/** xsd:double, but for INF and NaN, which no cell may hold. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const DIGITS = /^-?\d+$/;
const UNCALCULATED = new CellFault(
  '',
  'The formula of the cell was never calculated; open the file in a spreadsheet program and save it.',
);

/**
 * The value of a cell; null for one without a value, whatever its type says.
 * @returns undefined when it refers to a shared text that is not in the file
 */
export function toCell(raw: RawCell, context: CellContext): Cell | undefined {
  const { type, value, inline } = raw;
  if (type === 'inlineStr' && inline !== undefined) return unescapeText(inline);
  // A formula whose result is an empty text has its <v>, and says that it is text.
  const isEmptyText = value !== undefined && type === 'str' && !context.isUncalculated;
  if (raw.hasFormula && !value?.trim() && !isEmptyText) return UNCALCULATED;
  if (value === undefined) return inline === undefined ? null : unescapeText(inline);
  if (type === 'str' || type === 'inlineStr') return unescapeText(value);
  const text = value.trim();
  if (text === '') return null;
  switch (type) {
    case 's':
      return DIGITS.test(text) ? context.strings[Number(text)] : undefined;
    case 'b':
      return text === '1' || text === 'true' ? true : text === '0' || text === 'false' ? false : text;
    case 'e':
      return new CellFault(text, `The cell holds the error ${text.slice(0, 40)}, no value.`);
    case 'd':
      return isoToText(text);
    case 'n':
      return toNumber(text, raw, context);
    default:
      return unescapeText(value);
  }
}

function toNumber(text: string, { style, hasFormula }: RawCell, context: CellContext): Cell {
  if (!NUMBER.test(text)) return text;
  const number = Number(text);
  if (!Number.isFinite(number)) return text;
  if (number === 0 && hasFormula && context.isUncalculated) return UNCALCULATED;
  const kind = context.dateKinds[style] ?? 'none';
  if (kind !== 'none') return serialToText(number, kind, context.is1904);
  // Ids of 64 bits, as programs write them, would lose their last digits as a double.
  return !Number.isSafeInteger(number) && DIGITS.test(text) ? text : number;
}

/** ISO 8601, but a time without a day may begin with T. */
function isoToText(text: string): string {
  return text.startsWith('T') ? text.slice(1) : text;
}

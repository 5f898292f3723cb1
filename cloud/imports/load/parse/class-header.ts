import { parseExactJson } from '../../../../core/exact-json';
import { invalidField, invalidInput, type InputIssue } from '../../../../core/operation/issues';
import { CellFault, isEmptyCell, type Cell } from '../../read/cell';
import { isRowIssue, RowIssue } from '../../convert/cell';
import { parseInstant } from '../../convert/dates';
import type { Decimal } from '../../../../values/decimal';
import { decimalToNumber, parseDecimal } from '../../convert/decimal';
import { parseId, parseText } from '../../convert/text';
import { HeaderColumns } from '../../convert/columns';
import type { ImportOptions } from '../../convert/options';
import { rowError, type RowError } from '../../convert/row-error';
import type { RawRow } from '../../read/row-batch';
import type { ClassField, ClassFields } from './class-fields';

const MAX_TEXT_LENGTH = 100_000;

interface ClassSource {
  field: string;
  definition: ClassField;
  position: number;
  column: string;
  fallback: Cell;
  isRequired: boolean;
}

export interface ClassPlan {
  sources: readonly ClassSource[];
  timeZone: string;
}

/** @throws AppError VALIDATION_ERROR naming every field that the class does not have, or the data do not bring */
export function planClassHeader(fields: ClassFields, options: ImportOptions, header: readonly string[]): ClassPlan {
  const named = new Set([...Object.keys(options.mapping), ...Object.keys(options.defaults), ...options.key]);
  const issues: InputIssue[] = [...named]
    .filter((field) => !fields.has(field))
    .map((path) => ({ path, code: 'unknown_field', message: `${path} ${UNKNOWN}` }));
  const columns = new HeaderColumns(header);
  const sources: ClassSource[] = [];
  for (const [field, definition] of fields) {
    const mapped = Object.hasOwn(options.mapping, field) ? options.mapping[field] : undefined;
    const given = Object.hasOwn(options.defaults, field) ? options.defaults[field] : undefined;
    const position = columns.position(mapped ?? field, field);
    const isRequired = options.key.includes(field);
    if (position < 0 && given === undefined) {
      const lack = mapped !== undefined ? unmapped(mapped) : isRequired ? ORPHAN : undefined;
      if (lack) issues.push({ path: field, code: 'missing', message: `${field} ${lack}` });
      continue;
    }
    // Ids of new rows are ours, so that a repeated run finds what it did.
    if (field === 'objectId' && options.mode === 'insert') continue;
    sources.push({ field, definition, position, column: mapped ?? field, fallback: given ?? null, isRequired });
  }
  if (issues.length) throw invalidInput(issues);
  if (!sources.length)
    throw invalidField('mapping', 'missing', 'is missing: no column of the data belongs to a field of the class');
  return { sources, timeZone: options.timeZone };
}

const UNKNOWN = 'is no field of the class, or none that an import may set';
const ORPHAN = 'is missing: it is part of the key, but nothing provides it';
const unmapped = (column: string): string => `is mapped to the column "${column}", which the data does not have`;

/** The row in the JSON form of Parse's REST API, or what is wrong with it. */
export function convertClassRow(plan: ClassPlan, raw: RawRow): Record<string, unknown> | RowError[] {
  if (raw.shape) {
    return [rowError(raw.row, null, new RowIssue('ROW_SHAPE', 'The row has more values than the header.'), null)];
  }
  const errors: RowError[] = [];
  const object: Record<string, unknown> = {};
  for (const source of plan.sources) {
    const cell = source.position < 0 ? null : (raw.cells[source.position] ?? null);
    const value = isEmptyCell(cell) ? source.fallback : cell;
    if (isEmptyCell(value)) {
      if (source.isRequired) {
        errors.push(rowError(raw.row, source.column, new RowIssue('REQUIRED', `${source.field} is required.`), value));
      }
      continue;
    }
    const converted = convertValue(source.definition, value, plan.timeZone);
    if (isRowIssue(converted)) errors.push(rowError(raw.row, source.column, converted, value));
    else object[source.field] = converted;
  }
  return errors.length ? errors : object;
}

function convertValue({ type, targetClass }: ClassField, cell: Cell, timeZone: string): unknown {
  switch (type) {
    case 'Number': {
      const decimal = parseDecimal(cell);
      return isRowIssue(decimal) ? decimal : exactNumber(decimal);
    }
    case 'Boolean':
      return parseBoolean(cell);
    case 'Date': {
      const instant = parseInstant(cell, timeZone);
      return isRowIssue(instant) ? instant : { __type: 'Date', iso: new Date(instant).toISOString() };
    }
    case 'Pointer': {
      const id = parseId(cell, 200);
      return isRowIssue(id) ? id : { __type: 'Pointer', className: targetClass, objectId: id };
    }
    case 'Object':
    case 'Array':
      return parseJson(cell, type === 'Array');
    case 'String':
      return parseText(cell, MAX_TEXT_LENGTH);
    default:
      return new RowIssue('ROW_SHAPE', `Fields of type ${type} cannot be imported.`);
  }
}

/** A whole number that the field would store as another one is refused: it is an id, and could become somebody's. */
function exactNumber(decimal: Decimal): number | RowIssue {
  const number = decimalToNumber(decimal);
  const isKept = decimal.scale > 0 || BigInt(number) === decimal.coefficient;
  return isKept ? number : new RowIssue('INVALID_NUMBER', 'A field of numbers does not keep all digits of this one.');
}

function parseBoolean(cell: Cell): boolean | RowIssue {
  if (typeof cell === 'boolean') return cell;
  if (cell instanceof CellFault) return new RowIssue('ROW_SHAPE', cell.message);
  const text = String(cell).trim().toLowerCase();
  if (['true', '1', 'yes'].includes(text)) return true;
  if (['false', '0', 'no'].includes(text)) return false;
  return new RowIssue('ROW_SHAPE', 'Not true or false.');
}

function parseJson(cell: Cell, isArray: boolean): unknown {
  const text = parseText(cell, MAX_TEXT_LENGTH);
  if (isRowIssue(text)) return text;
  try {
    const value = parseExactJson(text, 0);
    if (typeof value === 'object' && value !== null && Array.isArray(value) === isArray) return value;
  } catch {
    // Told below, with the same words.
  }
  return new RowIssue('ROW_SHAPE', `Not a JSON ${isArray ? 'array' : 'object'}.`);
}

import { invalidInput, type InputIssue } from '../../../core/operation/issues';
import { isEmptyCell, type Cell } from '../read/cell';
import { isRowIssue } from './cell';
import { HeaderColumns } from './columns';
import { convertCell } from './convert-cell';
import type { DataType, FieldSpec } from './data-type';
import type { AmountIs, ImportOptions } from './options';

/** Where a field's value comes from, decided once for the whole file. */
export interface FieldSource {
  spec: FieldSpec;
  /** Index in the header, -1 when the file has no such column. */
  position: number;
  /** Name for error reports: the column as the file calls it, otherwise the field. */
  column: string;
  /** Value of an empty or missing cell, from the request's defaults or the type's own. */
  fallback: Cell;
  /** A row without a value is refused. */
  isRequired: boolean;
  /** The lines of an order share it. */
  isOfOrder: boolean;
}

/** How the rows of one file become rows of a data type. */
export interface FieldPlan {
  type: DataType;
  sources: readonly FieldSource[];
  /** Fields that the file or the defaults provide; an `update` touches no other. */
  provided: ReadonlySet<string>;
  timeZone: string;
  /** Fields that tell the stored row; none of an `insert`. */
  key: readonly string[];
  /** What a row without a currency has. */
  defaultCurrency: string | null;
  /** As asked for; where nothing was, set once the rows have been looked at. */
  amountIs: AmountIs | undefined;
  /** No row meets a stored one: the fact's rules can judge it by itself. Otherwise they come when it is stored. */
  areRowsNew: boolean;
  /** A row that meets none is passed over. */
  isUpdate: boolean;
  /** When the import was accepted, in milliseconds since 1970: the same in every run. */
  importedAt: number;
}

/**
 * Resolves mapping and defaults against a header.
 * @throws AppError VALIDATION_ERROR naming every field that is unknown, mapped to a missing column, has a default that
 * it does not take, or is required and without a source
 */
export function planFields(
  type: DataType,
  options: ImportOptions,
  header: readonly string[],
  importedAt = new Date(),
): FieldPlan {
  const issues: InputIssue[] = [
    ...unknownFields(type, 'mapping', Object.keys(options.mapping)),
    ...unknownFields(type, 'defaults', Object.keys(options.defaults)),
  ];
  const columns = new HeaderColumns(header);
  const sources = type.fields.map((spec) => sourceOf(spec, { type, options, columns, issues }));
  const provided = new Set(
    sources
      .filter((source) => source.position >= 0 || source.spec.name in options.defaults)
      .map(({ spec }) => spec.name),
  );
  for (const source of sources) source.isRequired = isRequired(source.spec, type, options, provided);
  for (const { spec, isRequired: isWanted } of sources) {
    const isSaid = issues.some(({ path }) => path === spec.name);
    if (isWanted && !isSaid && !hasSource(spec, provided)) issues.push(missing(spec.name, ORPHAN));
  }
  if (issues.length) throw invalidInput(issues);
  const currency = sources.find(({ spec }) => spec.kind === 'currency')?.fallback;
  return {
    type,
    sources,
    provided,
    timeZone: options.timeZone,
    key: options.key,
    defaultCurrency: typeof currency === 'string' ? currency.trim().toUpperCase() : null,
    amountIs: options.amountIs,
    isUpdate: options.mode === 'update',
    areRowsNew: options.mode === 'insert' && type.fact.check !== undefined && !type.isGrouped,
    importedAt: importedAt.getTime(),
  };
}

const ORPHAN = 'is missing: neither a column nor a default provides it';
/** What the further lines of an order may leave out where they leave out the amount. */
const OF_ORDER: ReadonlySet<string> = new Set(['purchased_at', 'currency', 'status']);

interface Resolution {
  type: DataType;
  options: ImportOptions;
  columns: HeaderColumns;
  /** Added to. */
  issues: InputIssue[];
}

function sourceOf(spec: FieldSpec, { type, options, columns, issues }: Resolution): FieldSource {
  const mapped = Object.hasOwn(options.mapping, spec.name) ? options.mapping[spec.name] : undefined;
  const given = Object.hasOwn(options.defaults, spec.name) ? options.defaults[spec.name] : undefined;
  const position = columns.position(mapped ?? spec.name, spec.name);
  if (given !== undefined && !isEmptyCell(given)) {
    // Otherwise every row would be refused for it.
    const issue = convertCell(spec, given, options.timeZone);
    if (isRowIssue(issue)) {
      const message = `${spec.name} has a default that is refused. ${issue.message}`;
      issues.push({ path: spec.name, code: 'not_allowed', message });
    }
  }
  if (mapped !== undefined && position < 0 && given === undefined) {
    issues.push(missing(spec.name, `is mapped to the column "${mapped}", which the data does not have`));
  }
  return {
    spec,
    position,
    column: position >= 0 ? (mapped ?? spec.name) : spec.name,
    // An update must not reset what the file does not mention.
    fallback: given ?? (options.mode === 'update' ? null : (spec.fallback ?? null)),
    isRequired: false,
    isOfOrder: type.isGrouped === true && OF_ORDER.has(spec.name),
  };
}

function missing(field: string, phrase: string): InputIssue {
  return { path: field, code: 'missing', message: `${field} ${phrase}` };
}

function isRequired(spec: FieldSpec, type: DataType, options: ImportOptions, provided: ReadonlySet<string>): boolean {
  if (options.key.includes(spec.name)) return true;
  if (options.mode !== 'update') return spec.required === true;
  // Minor units need the currency's exponent.
  return spec.kind === 'currency' && type.fields.some((field) => field.kind === 'amount' && hasSource(field, provided));
}

/** quantity × unit_price stands in for an amount. */
function hasSource(spec: FieldSpec, provided: ReadonlySet<string>): boolean {
  if (provided.has(spec.name)) return true;
  return spec.kind === 'amount' && provided.has('quantity') && provided.has('unit_price');
}

function unknownFields(type: DataType, option: string, names: readonly string[]): InputIssue[] {
  const known = type.fields.map((field) => field.name);
  return names
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path: name,
      code: 'unknown_field',
      message: `${name} is no field of ${type.name} (${option}): ${known.join(', ')}`,
    }));
}

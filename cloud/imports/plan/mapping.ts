import type { AppError } from '../../../core/errors';
import { invalidField, invalidInput } from '../../../core/operation/issues';
import { isEmptyCell, isRowIssue, type Cell } from '../cells/cell';
import { HeaderColumns } from './columns';
import { convertCell } from './convert-cell';
import type { DataType, FieldSpec } from './data-type';
import type { ImportOptions } from './options';

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
}

/** How the rows of one file become rows of a data type. */
export interface FieldPlan {
  type: DataType;
  sources: readonly FieldSource[];
  /** Fields that the file or the defaults provide; an `update` touches no other. */
  provided: ReadonlySet<string>;
  timeZone: string;
}

/**
 * Resolves mapping and defaults against a header.
 * @throws AppError VALIDATION_ERROR naming the field: unknown, mapped to a missing column, with a default that it does
 * not take, or required and without a source
 */
export function planFields(type: DataType, options: ImportOptions, header: readonly string[]): FieldPlan {
  refuseUnknown(type, 'mapping', Object.keys(options.mapping));
  refuseUnknown(type, 'defaults', Object.keys(options.defaults));
  const columns = new HeaderColumns(header);
  const sources = type.fields.map((spec) => sourceOf(spec, options, columns));
  const provided = new Set(
    sources
      .filter((source) => source.position >= 0 || source.spec.name in options.defaults)
      .map(({ spec }) => spec.name),
  );
  for (const source of sources) source.isRequired = isRequired(source.spec, type, options, provided);
  const missing = sources.filter(({ spec, isRequired: isWanted }) => isWanted && !hasSource(spec, provided));
  if (missing.length) {
    throw invalidInput(
      missing.map(({ spec: { name } }) => ({
        path: name,
        code: 'missing',
        message: `${name} is missing: neither a column nor a default provides it`,
      })),
    );
  }
  return { type, sources, provided, timeZone: options.timeZone };
}

function sourceOf(spec: FieldSpec, options: ImportOptions, columns: HeaderColumns): FieldSource {
  const mapped = Object.hasOwn(options.mapping, spec.name) ? options.mapping[spec.name] : undefined;
  const given = Object.hasOwn(options.defaults, spec.name) ? options.defaults[spec.name] : undefined;
  const position = columns.position(mapped ?? spec.name, spec.name);
  if (given !== undefined && !isEmptyCell(given)) {
    // Otherwise every row would be refused for it.
    const issue = convertCell(spec, given, options.timeZone);
    if (isRowIssue(issue))
      throw invalidField(spec.name, 'not_allowed', `has a default that is refused. ${issue.message}`);
  }
  if (mapped !== undefined && position < 0 && given === undefined) {
    throw invalidField(spec.name, 'missing', `is mapped to the column "${mapped}", which the data does not have`);
  }
  return {
    spec,
    position,
    column: position >= 0 ? (mapped ?? spec.name) : spec.name,
    // An update must not reset what the file does not mention.
    fallback: given ?? (options.mode === 'update' ? null : (spec.fallback ?? null)),
    isRequired: false,
  };
}

function isRequired(spec: FieldSpec, type: DataType, options: ImportOptions, provided: ReadonlySet<string>): boolean {
  if (options.key.includes(spec.name)) return true;
  if (options.mode !== 'update') return spec.required === true;
  // Minor units need the currency's exponent, and the worth of a subscription its interval and plan.
  const bringsMoney = type.fields.some((field) => field.kind === 'amount' && hasSource(field, provided));
  const isSubscription = type.name === 'subscriptions' && provided.size > options.key.length;
  return (bringsMoney && spec.kind === 'currency') || (isSubscription && spec.required === true);
}

/** quantity × unit_price stands in for an amount. */
function hasSource(spec: FieldSpec, provided: ReadonlySet<string>): boolean {
  if (provided.has(spec.name)) return true;
  return spec.kind === 'amount' && provided.has('quantity') && provided.has('unit_price');
}

function refuseUnknown(type: DataType, option: string, names: readonly string[]): void {
  for (const name of names) {
    if (!type.fields.some((field) => field.name === name)) throw unknownField(type, option, name);
  }
}

function unknownField(type: DataType, option: string, name: string): AppError {
  const names = type.fields.map((field) => field.name).join(', ');
  return invalidField(name, 'unknown_field', `is no field of ${type.name} (${option}): ${names}`);
}

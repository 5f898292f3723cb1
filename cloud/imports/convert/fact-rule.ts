import type { IssueCode } from '../../../core/operation/issues';
import { inCurrency } from '../../facts/amounts';
import { FactFault, type FactValues } from '../../facts/define';
import { minorOf } from '../../facts/names';
import { RowIssue, type RowErrorCode } from './cell';
import type { DataType, FieldKind, FieldSpec, StageColumn, StageValue } from './data-type';
import { NOTE } from './note';

/** A row as the rules of its fact left it; or which of its fields is refused, and why. */
export type CheckedRow = { values: FactValues; note: number } | { spec: FieldSpec; issue: RowIssue };

export interface RuleContext {
  type: DataType;
  /** When the import was accepted, in milliseconds since 1970. */
  now: number;
}

/**
 * The rules of a saved row, on a row of a file.
 * @param given what the row says, by the fact's fields; what it leaves out stays as it is stored
 * @param stored the row that it changes; undefined for a new one
 */
export function checkRow({ type, now }: RuleContext, given: FactValues, stored: FactValues | undefined): CheckedRow {
  const { fact } = type;
  const values = stored ? merged(type, given, stored) : given;
  if (values instanceof FactFault) return refused(type, values);
  const isChanged = stored ? (name: string) => name in given && given[name] !== stored[name] : isAnyChanged;
  const result = fact.check?.(values, { now, original: stored, isChanged }) ?? values;
  if (result instanceof FactFault) return refused(type, result);
  return { values: result, note: noteOf(type, { given, before: values, after: result, stored }) };
}

/** Of a new row; one function for all of a file. */
const isAnyChanged = (): boolean => true;

interface Change {
  given: FactValues;
  before: FactValues;
  after: FactValues;
  stored: FactValues | undefined;
}

function noteOf(type: DataType, { given, before, after, stored }: Change): number {
  const isRounded =
    stored !== undefined &&
    stayingAmounts(type, given, stored).some((name) => (stored[name] ?? null) !== (after[name] ?? null));
  return (isDated(type, before, after) ? NOTE.DATED : 0) | (isRounded ? NOTE.ROUNDED : 0);
}

function isDated({ fact }: DataType, before: FactValues, after: FactValues): boolean {
  for (const name of fact.settles) {
    const isFilled = (before[name] ?? null) === null && (after[name] ?? null) !== null;
    if (isFilled && fact.fields[name]!.kind === 'date') return true;
  }
  return false;
}

/** An amount that the row leaves out is the stored one, in the currency that the row gives, as a save has it. */
function merged(type: DataType, given: FactValues, stored: FactValues): FactValues | FactFault {
  const values: Record<string, unknown> = { ...stored, ...given };
  for (const name of stayingAmounts(type, given, stored)) {
    const amount = inCurrency(name, stored[name], String(given['currency']));
    if (amount instanceof FactFault) return amount;
    values[name] = amount.major;
    values[minorOf(name)] = amount.minor;
  }
  return values;
}

/** Amounts that get another currency, and are not given themselves. */
function stayingAmounts({ fact }: DataType, given: FactValues, stored: FactValues): string[] {
  if (given['currency'] === undefined || given['currency'] === stored['currency']) return [];
  return Object.entries(fact.fields).flatMap(([name, { kind }]) =>
    kind === 'money' && !(minorOf(name) in given) ? [name] : [],
  );
}

function refused({ fields }: DataType, { field, code, phrase }: FactFault): CheckedRow {
  const spec = fields.find(({ stored }) => stored === field);
  if (!spec) throw new Error(`A rule refuses ${field}, which files do not have.`);
  return { spec, issue: new RowIssue(rowCode(spec.kind, code), `${spec.name} ${phrase}.`) };
}

const CODES: Partial<Record<FieldKind, RowErrorCode>> = {
  instant: 'INVALID_DATE',
  currency: 'INVALID_CURRENCY',
  amount: 'INVALID_NUMBER',
  decimal: 'INVALID_NUMBER',
};

function rowCode(kind: FieldKind, code: IssueCode): RowErrorCode {
  if (code === 'missing') return 'REQUIRED';
  return CODES[kind] ?? (code === 'too_large' ? 'TOO_LONG' : 'ROW_SHAPE');
}

/** A converted value as rules see it. */
export function factValue(kind: StageColumn['kind'], value: StageValue): unknown {
  if (value === null || kind === 'string') return value;
  return kind === 'json' ? (JSON.parse(String(value)) as unknown) : Number(value);
}

/** A value that the rules left, as it is staged. */
export function stagedValueOf({ kind }: Pick<StageColumn, 'kind'>, value: unknown): StageValue {
  if (value === null || value === undefined) return null;
  return kind === 'json' ? JSON.stringify(value) : (value as StageValue);
}

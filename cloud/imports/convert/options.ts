import { invalidField, type IssueCode } from '../../../core/operation/issues';
import { isTimeZone } from '../../../values/zone';
import type { ImportOptionsInput } from './options.schema';
import { classNameOf, dataType } from './data-types';

/** Whether an amount is that of its line, or of the whole order. */
export type AmountIs = 'line' | 'order';

/** The options of an import with their defaults filled in; stored with the job as JSON. */
export interface ImportOptions {
  dataType: string;
  format?: string;
  mapping: Readonly<Record<string, string>>;
  defaults: Readonly<Record<string, string | number | boolean>>;
  mode: 'insert' | 'update' | 'upsert';
  /** Empty with `insert`. */
  key: readonly string[];
  dryRun: boolean;
  /** The rows are events, as if each had been saved. */
  effects: boolean;
  /** IANA zone of dates without an offset. */
  timeZone: string;
  strict: boolean;
  /** Absent: detected. Kept out of the options where it is not given, which named imports are told by. */
  amountIs?: AmountIs;
  sourceName?: string;
}

/**
 * Checks what the schema cannot say about options.
 * @throws AppError VALIDATION_ERROR naming the option
 */
export function normalizeOptions(input: ImportOptionsInput, tenantZone: string): ImportOptions {
  if (input.rules?.length) refuse('rules', 'not_allowed', 'are not yet supported; send none');
  // Rows that are taken back would have fired.
  if (input.effects && input.strict && classNameOf(input.data_type) !== undefined)
    refuse('effects', 'not_allowed', 'must be false where a strict import saves rows of a class one by one');
  if (input.amount_is && input.data_type !== 'purchases') refuse('amount_is', 'not_allowed', 'is for purchases only');
  const timeZone = input.time_zone ?? tenantZone;
  if (!isTimeZone(timeZone)) refuse('time_zone', 'not_allowed', 'must be an IANA time zone such as Europe/Berlin');
  return {
    dataType: input.data_type,
    mapping: input.mapping ?? {},
    defaults: input.defaults ?? {},
    mode: input.mode ?? 'insert',
    key: keyOf(input),
    dryRun: input.dry_run ?? false,
    effects: input.effects ?? false,
    timeZone,
    strict: input.strict ?? false,
    ...(input.amount_is ? { amountIs: input.amount_is } : {}),
    ...(input.format ? { format: input.format } : {}),
    ...(input.source_name ? { sourceName: input.source_name } : {}),
  };
}

function keyOf(input: ImportOptionsInput): readonly string[] {
  if (!input.mode || input.mode === 'insert') return [];
  const given = input.key ?? [];
  if (classNameOf(input.data_type) !== undefined) {
    return given.length
      ? given
      : refuse('key', 'missing', `is missing: ${input.mode} needs the fields that identify a row`);
  }
  const { keys } = dataType(input.data_type);
  if (!given.length) return keys[0] ?? [];
  const wanted = [...given].sort().join();
  const known = keys.find((fields) => [...fields].sort().join() === wanted);
  if (known) return known;
  const choices = keys.map((fields) => `[${fields.join(', ')}]`).join(' or ');
  return refuse('key', 'not_allowed', `must be ${choices} for ${input.data_type}`);
}

function refuse(option: string, code: IssueCode, phrase: string): never {
  throw invalidField(`options.${option}`, code, phrase);
}

import type { IssueCode } from '../../core/operation/issues';
import type { IndexDefinition } from '../../core/schema/class-definition';
import { minorOf, requireFreeNames } from './names';

/**
 * What a field of a fact holds, at every door. `id` and `text` are trimmed texts; `money` is kept twice, as the number
 * in major units and, in `<field>_minor`, as the integer that the figures add; `server` is set by the rules alone.
 */
export type FactKind =
  'id' | 'text' | 'date' | 'currency' | 'money' | 'number' | 'choice' | 'json' | 'list' | 'person' | 'server';

export interface FactField {
  kind: FactKind;
  /** A row without it is refused; `file`: only in a file, whose rows are known by it. */
  required?: true | 'file';
  /** Of a `choice`. */
  choices?: readonly string[];
  /** What a row without it gets. `now`: the instant of a save; a file must tell it. */
  byDefault?: string;
  /** Characters (UTF-16 units) of a text or of each text of a list, bytes of JSON. @defaultValue by kind, see MAXIMA */
  maximum?: number;
  /** Class that a `person` is of. */
  target?: 'Customer' | '_User';
  /** Parse's type of a `server` field. */
  type?: 'Array' | 'Date' | 'String';
  /** Name in files. @defaultValue the field's own; `<field>_id` of a person */
  file?: string;
  /** Not read from files. */
  isUnfiled?: true;
  /** Tells of a person by itself: emptied when the person is erased, and never in the audit log. */
  isPersonal?: true;
  /** Its value stands in the audit log; other than texts are recorded anyway. */
  isAudited?: true;
  /** A change of it is checked together with others, so it is written only on what the rules have read. */
  isReadByRules?: true;
  /** What documents say of it beside its kind. */
  doc?: string;
}

/** Values of a row by field, as rules see them: instants in milliseconds since 1970, money in minor units. */
export type FactValues = Readonly<Record<string, unknown>>;

export interface CheckContext {
  /** Milliseconds since 1970: of the save, or of the moment in which the import was accepted. */
  now: number;
  /** The stored row before the change; undefined for a new one. */
  original: FactValues | undefined;
  /** Whether the change gives a field another value. */
  isChanged: (field: string) => boolean;
}

/** Why a row is refused. Returned, not thrown: a bad file has one a row. */
export class FactFault {
  constructor(
    readonly field: string,
    readonly code: IssueCode,
    /** Continues the field's name: `must be a date`. */
    readonly phrase: string,
  ) {}
}

export interface FactOptions {
  className: string;
  /** Name of the data type in imports; also what a count of its rows is called. */
  dataType: string;
  /** In the order in which they are checked, and shown. */
  fields: Readonly<Record<string, FactField>>;
  /** Field that identifies a row within its tenant. */
  businessId?: string;
  /** Field whose day the figures depend on. */
  dateField?: string;
  /** Fields that identify a row in an import beside the business id, the default first. */
  keys?: readonly (readonly string[])[];
  /** Beside those of business id and date. */
  indexes?: readonly IndexDefinition[];
  /** A person of `_User` writes rows about himself, whatever his roles. */
  selfWriters?: string;
  /** Fields that `check` may set. */
  settles?: readonly string[];
  /**
   * The rules that no field says by itself: pure, for a save and for a row of a file alike.
   * @returns the values as they are stored, or why they are not
   */
  check?: (values: FactValues, context: CheckContext) => FactValues | FactFault;
}

export type Fact = Readonly<FactOptions> & { readonly settles: readonly string[] };

/** @throws Error for a definition that names what it does not have, or what is taken */
export function defineFact(options: FactOptions): Fact {
  const { className, fields, businessId, dateField, selfWriters, settles = [] } = options;
  requireFreeNames(className, fields);
  for (const name of [businessId, dateField, selfWriters, ...settles]) {
    if (name !== undefined && !Object.hasOwn(fields, name)) throw new Error(`${className} has no field ${name}.`);
  }
  for (const [name, { kind, choices, target }] of Object.entries(fields)) {
    if (kind === 'choice' && !choices?.length) throw new Error(`${className}.${name} has no choices.`);
    if (kind === 'person' && !target) throw new Error(`${className}.${name} names no class of persons.`);
  }
  const amounts = Object.values(fields).filter(({ kind, isUnfiled }) => kind === 'money' && !isUnfiled);
  if (amounts.length > 1) throw new Error(`${className} has several amounts: a row of a file has one.`);
  return { ...options, settles };
}

const MAXIMA: Partial<Record<FactKind, number>> = { id: 200, text: 1_000, list: 1_000, json: 100_000 };

/** The most characters, or bytes of JSON, that a field holds. */
export function maximumOf({ kind, maximum }: FactField): number {
  return maximum ?? MAXIMA[kind] ?? Infinity;
}

/**
 * A stored row as rules see it, whichever database holds it.
 * @param read gives the value of a field, dates as `Date`
 */
export function valuesOf(fact: Fact, read: (name: string) => unknown): FactValues {
  const values: Record<string, unknown> = {};
  for (const [name, { kind }] of Object.entries(fact.fields)) {
    const value = read(name) ?? null;
    values[name] = value instanceof Date ? value.getTime() : value;
    if (kind === 'money') values[minorOf(name)] = read(minorOf(name)) ?? null;
  }
  return values;
}

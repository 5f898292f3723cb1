import { invalidField } from '../../../core/operation/issues';
import { maximumOf, type Fact, type FactField, type FactKind } from '../../facts/define';
import { FACTS } from '../../facts/facts';
import { fileNameOf, minorOf } from '../../facts/names';
import type { DataType, FieldKind, FieldSpec, StageColumn, StageKind } from './data-type';
import { LINES } from './lines';
import { NOTE_COLUMN } from './note';

/** Of a cell, by the kind of the field; what the rules alone set comes from no cell. */
const CELLS: Readonly<Record<FactKind, FieldKind | undefined>> = {
  id: 'id',
  text: 'text',
  date: 'instant',
  currency: 'currency',
  money: 'amount',
  number: 'decimal',
  choice: 'choice',
  json: 'json',
  person: 'id',
  list: undefined,
  server: undefined,
};

const STAGED: Partial<Record<FactKind, StageKind>> = { date: 'date', number: 'number', json: 'json', server: 'json' };

/** Of a person, by the id that the tenant or we gave. */
const PERSON: FactField = { kind: 'id' };

function specOf(name: string, field: FactField): FieldSpec[] {
  const kind = CELLS[field.kind];
  if (!kind || field.isUnfiled) return [];
  const { required, choices, byDefault } = field;
  return [
    {
      name: fileNameOf(name, field),
      kind,
      stored: name,
      maxLength: maximumOf(field.kind === 'person' ? PERSON : field),
      ...(required ? { required: true } : {}),
      ...(choices ? { choices } : {}),
      ...(byDefault !== undefined && byDefault !== 'now' ? { fallback: byDefault } : {}),
    },
  ];
}

function typeOf(fact: Fact): DataType {
  const { className, dataType: name, businessId, keys = [] } = fact;
  const idField = businessId && fileNameOf(businessId, fact.fields[businessId]!);
  const lines = LINES[className];
  return {
    name,
    className,
    fact,
    ...(businessId && idField ? { idField, idStored: businessId } : {}),
    keys: idField ? [[idField], ...keys] : keys,
    ...(lines ? { isGrouped: true as const } : {}),
    fields: Object.entries(fact.fields).flatMap(([field, definition]) => [
      ...specOf(field, definition),
      ...Object.entries(lines?.fieldsAfter[field] ?? {}).flatMap(lineSpec),
    ]),
    columns: lines?.columns ?? columnsOf(fact, idField),
  };
}

function lineSpec([name, field]: [string, FactField]): Omit<FieldSpec, 'stored'>[] {
  return specOf(name, field).map(({ stored: _stored, ...spec }) => spec);
}

function columnsOf({ fields, businessId, settles }: Fact, idField: string | undefined): StageColumn[] {
  const columns: StageColumn[] = idField ? [{ name: 'business_id', kind: 'string', from: idField }] : [];
  let hasNotes = settles.length > 0;
  for (const [name, field] of Object.entries(fields)) {
    const { kind, isUnfiled } = field;
    const isSettled = settles.includes(name);
    if (name === businessId || ((isUnfiled || !CELLS[kind]) && !isSettled)) continue;
    const from = CELLS[kind] ? fileNameOf(name, field) : '';
    if (kind === 'person') columns.push({ name: from, kind: 'string', from });
    else if (kind === 'money') {
      hasNotes = true;
      columns.push({ name, kind: 'number', stored: name, from, derived: 'major' });
      columns.push({ name: minorOf(name), kind: 'integer', stored: minorOf(name), from, derived: 'minor' });
    } else {
      const column: StageColumn = { name, kind: STAGED[kind] ?? 'string', stored: name, from };
      columns.push(isSettled ? { ...column, derived: 'settled', isSettled } : column);
    }
  }
  return hasNotes ? [...columns, { name: NOTE_COLUMN, kind: 'integer', from: '', derived: 'note' }] : columns;
}

const DATA_TYPES = new Map(FACTS.map((fact) => [fact.dataType, typeOf(fact)]));

/** @throws AppError VALIDATION_ERROR for a name that is none of the facts' */
export function dataType(name: string): DataType {
  const found = DATA_TYPES.get(name);
  if (!found)
    throw invalidField(
      'data_type',
      'not_allowed',
      `must be one of ${[...DATA_TYPES.keys()].join(', ')}, or class:<Name>`,
    );
  return found;
}

/** The class named by `class:<Name>`, or undefined for a named data type. */
export function classNameOf(dataTypeName: string): string | undefined {
  return dataTypeName.startsWith('class:') ? dataTypeName.slice('class:'.length) : undefined;
}

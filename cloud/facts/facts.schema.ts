import type { ClassDefinition, FieldDefinition, IndexDefinition } from '../../core/schema/class-definition';
import type { Fact, FactField } from './define';
import { FACTS } from './facts';
import { minorOf } from './names';

/**
 * `unique_key` is `<tenant>:<business id>` and absent where a row has no business id: a sparse
 * index over (tenant, id) would refuse the second row without one on MongoDB.
 */
const KEY_FIELDS = ['unique_key', 'import_id'] as const;

/** The facts of a tenant's business; the figures are derived from these rows. */
export const FACT_CLASSES: readonly ClassDefinition[] = FACTS.map(classOf);

function classOf(fact: Fact): ClassDefinition {
  const { className, selfWriters } = fact;
  const fields = Object.entries(fact.fields);
  const money = fields.filter(([, { kind }]) => kind === 'money').map(([name]) => minorOf(name));
  const server = fields.filter(([, { kind }]) => kind === 'server').map(([name]) => name);
  return {
    className,
    fields: {
      ...Object.fromEntries(fields.map(([name, field]) => [name, definitionOf(field)])),
      ...Object.fromEntries([
        ...money.map((name): [string, FieldDefinition] => [name, { type: 'Number' }]),
        ...KEY_FIELDS.map((name): [string, FieldDefinition] => [name, { type: 'String' }]),
      ]),
    },
    indexes: indexesOf(fact),
    access: 'ten',
    tenant: true,
    liveQuery: true,
    serverFields: [...money, ...server, ...KEY_FIELDS],
    derivesFrom: [
      ...fields.filter(([name, field]) => isRead(fact, name, field)).map(([name]) => name),
      ...(fact.settles.length ? money : []),
    ],
    auditedFields: [...fields.filter(([, field]) => isAudited(field)).map(([name]) => name), ...money],
    writers: ['analyst'],
    ...(selfWriters ? { selfWriters } : {}),
  };
}

function definitionOf({ kind, choices, target, type }: FactField): FieldDefinition {
  switch (kind) {
    case 'choice':
      return { type: 'String', choices: choices! };
    case 'date':
      return { type: 'Date' };
    case 'money':
    case 'number':
      return { type: 'Number' };
    case 'json':
      return { type: 'Object' };
    case 'list':
      return { type: 'Array' };
    case 'person':
      return { type: 'Pointer', targetClass: target! };
    default:
      return { type: type ?? 'String' };
  }
}

function indexesOf({ businessId, dateField, indexes = [] }: Fact): IndexDefinition[] {
  const all: IndexDefinition[] = [...indexes];
  if (businessId) all.push({ fields: ['unique_key'], unique: true });
  if (dateField) all.push({ fields: ['tenant', dateField] });
  return all;
}

/** What triggers read to derive or to check other fields. */
function isRead({ businessId, dateField }: Fact, name: string, { kind, isReadByRules }: FactField): boolean {
  return isReadByRules || name === businessId || name === dateField || kind === 'currency' || kind === 'money';
}

/** Neither personal nor free text. */
function isAudited({ kind, isAudited: isGiven, isPersonal }: FactField): boolean {
  return isGiven ?? (!isPersonal && ['date', 'currency', 'money', 'number', 'choice'].includes(kind));
}

import { database } from '../database/database';

type Query = Record<string, unknown>;
interface Schema {
  fields?: Readonly<Record<string, { type?: string } | undefined>>;
}
type Method = (className: string, schema: Schema, query: Query | null | undefined, ...rest: unknown[]) => unknown;

/** What takes a query as its third argument. */
const METHODS = ['find', 'count', 'distinct', 'updateObjectsByQuery', 'deleteObjectsByQuery'] as const;
const COMBINED = new Set(['$or', '$and', '$nor']);
/** Parse's own lists of who may read and write begin with null, which its adapter knows how to ask. */
const PERMISSIONS = new Set(['_rperm', '_wperm']);

/**
 * Parse Server 9.10 counts the parameters of a list with null wrongly on PostgreSQL: `$in: [null, "Ann"]` finds
 * others than Ann or fails; it takes an empty `$in`, also that of a subquery without results, for "has no value", and
 * fails on lists of dates. Every door asks through the storage adapter, so here lists mean what they mean on MongoDB.
 */
export function askListsWithNull(adapter: object): void {
  if (database().kind !== 'postgres') return;
  const methods = adapter as Record<string, Method>;
  for (const name of METHODS) {
    const ask = methods[name]!.bind(adapter);
    methods[name] = (className, schema, query, ...rest) =>
      ask(className, schema, query && spelledOut(query, schema), ...rest);
  }
}

function spelledOut(query: Query, schema: Schema): Query {
  const kept: Query = {};
  const also: Query[] = [];
  for (const [name, condition] of Object.entries(query)) {
    if (COMBINED.has(name) && Array.isArray(condition)) {
      kept[name] = condition.map((part) => spelledOut(part as Query, schema));
    } else if (hasList(name, condition)) {
      const { $in, $nin, ...others } = condition;
      const isDate = schema.fields?.[name]?.type === 'Date';
      if (Object.keys(others).length) kept[name] = others;
      if ($in !== undefined) also.push(...inList(name, valuesOf($in, isDate)));
      if ($nin !== undefined) also.push(...notInList(name, valuesOf($nin, isDate)));
    } else kept[name] = condition;
  }
  if (!also.length) return kept;
  return { ...kept, $and: [...((kept.$and as Query[] | undefined) ?? []), ...also] };
}

/** Dotted names go another way in the adapter, which asks for a part of a list. */
function hasList(name: string, condition: unknown): condition is { $in?: unknown[]; $nin?: unknown[] } & Query {
  if (typeof condition !== 'object' || condition === null || PERMISSIONS.has(name) || name.includes('.')) return false;
  const lists = [(condition as Query).$in, (condition as Query).$nin].filter((list) => list !== undefined);
  return lists.length > 0 && lists.every(Array.isArray);
}

/** Lists in the list count as their elements, as in the adapter; null is undefined as well. */
function valuesOf(list: readonly unknown[], isDate: boolean): unknown[] {
  return list.flat().map((value) => (isDate ? ((value as { iso?: unknown } | null)?.iso ?? value) : value) ?? null);
}

function inList(name: string, list: readonly unknown[]): Query[] {
  const values = list.filter((value) => value !== null);
  if (!list.length) return [{ [name]: null }, { [name]: { $exists: true } }];
  if (!values.length) return [{ [name]: null }];
  const among = { [name]: { $in: values } };
  return [values.length < list.length ? { $or: [among, { [name]: null }] } : among];
}

function notInList(name: string, list: readonly unknown[]): Query[] {
  const values = list.filter((value) => value !== null);
  const isThere = values.length < list.length ? [{ [name]: { $exists: true } }] : [];
  return [...isThere, ...(values.length ? [{ [name]: { $nin: values } }] : [])];
}

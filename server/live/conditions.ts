import Parse from 'parse/node';
import { guardQueryOptions } from '../../core/parse/query-options';
import { assertCheapExpression, expressionOf } from './expressions';

type Json = Record<string, unknown>;

const LOGICAL = ['$or', '$and', '$nor'];
/** A field, or a key inside one. Names that begin with an underscore are the server's. */
const FIELD = /^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$/;
const MAX_DEPTH = 10;
const MAX_CONDITIONS = 200;
const MAX_EXPRESSIONS = 10;

const isList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => item !== null && item !== undefined && !hasOperators(item));
const isComparable = (value: unknown): boolean =>
  ['string', 'number', 'boolean'].includes(typeof value) || isTyped(value, 'Date');
const isPoint = (value: unknown): boolean => isTyped(value, 'GeoPoint');
const isValue = (value: unknown): boolean => !hasOperators(value);

/** What LiveQuery compares by itself, without the database; each with the form of its operand. */
const OPERATORS: Readonly<Record<string, (value: unknown) => boolean>> = {
  $lt: isComparable,
  $lte: isComparable,
  $gt: isComparable,
  $gte: isComparable,
  $eq: isValue,
  $ne: isValue,
  $in: isList,
  $nin: isList,
  $all: isList,
  $containedBy: isList,
  $exists: (value) => typeof value === 'boolean',
  $regex: (value) => typeof value === 'string',
  $options: (value) => typeof value === 'string' && /^[imsu]*$/.test(value),
  $nearSphere: isPoint,
  $maxDistance: Number.isFinite,
  $within: (value) => isPair((value as Json | null)?.$box) && ((value as Json).$box as unknown[]).every(isPoint),
  $geoWithin: isArea,
  $geoIntersects: (value) => isPoint((value as Json | null)?.$point),
};
/** Parse's comparison takes a row that lacks the field for one that fulfils these; a find does not. */
const NEED_A_VALUE = ['$lt', '$lte', '$gt', '$gte', '$regex', '$containedBy', '$geoIntersects'];

/**
 * The conditions of a subscription, checked and in the form that Parse Server's comparison reads as
 * a find would. Refused is what it would be silent about for ever (subqueries, relations, full text),
 * fail on with each row, or take long for.
 * @throws Parse.Error 102
 */
export function checkConditions(given: unknown): Json {
  try {
    guardQueryOptions({ where: given });
  } catch (error) {
    throw invalid((error as Error).message);
  }
  return checkLevel(given as Json, { conditions: 0, expressions: 0 }, 0);
}

/** The fields that a checked condition looks at, without what follows a dot. */
export function fieldsOf(where: Json): Set<string> {
  const fields = new Set<string>();
  for (const [key, value] of Object.entries(where)) {
    const branches = LOGICAL.includes(key) ? (value as Json[]) : undefined;
    if (!branches) fields.add(key.split('.')[0]!);
    for (const branch of branches ?? []) for (const field of fieldsOf(branch)) fields.add(field);
  }
  return fields;
}

interface State {
  conditions: number;
  expressions: number;
}

function checkLevel(where: Json, state: State, depth: number): Json {
  if (depth > MAX_DEPTH) throw invalid(`Conditions are nested deeper than ${MAX_DEPTH} levels.`);
  const checked: Json = {};
  for (const [key, value] of Object.entries(where)) {
    state.conditions += 1;
    if (state.conditions > MAX_CONDITIONS) throw invalid(`More than ${MAX_CONDITIONS} conditions.`);
    if (LOGICAL.includes(key)) checked[key] = checkBranches(key, value, state, depth);
    else if (FIELD.test(key)) checked[key] = checkConstraint(key, value, state);
    else if (key.startsWith('$')) throw invalid(`${key} cannot be followed live.`);
    else throw invalid(`Invalid key name: ${key.slice(0, 100)}`);
  }
  return checked;
}

function checkBranches(key: string, value: unknown, state: State, depth: number): Json[] {
  const isBranches = Array.isArray(value) && value.every((branch) => isObject(branch));
  if (!isBranches) throw invalid(`${key} must be an array of conditions.`);
  return value.map((branch) => checkLevel(branch, state, depth + 1));
}

function checkConstraint(key: string, value: unknown, state: State): unknown {
  if (value === null) return { $exists: false };
  if (!isObject(value)) return Array.isArray(value) ? checkOperators(key, { $eq: value }, state) : value;
  if (value.__type !== undefined) return value;
  return checkOperators(key, hasOperators(value) ? value : { $eq: value }, state);
}

function checkOperators(key: string, constraint: Json, state: State): Json {
  const checked: Json = {};
  for (const [operator, operand] of Object.entries(constraint)) {
    const isFit = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (!isFit) throw invalid(`${key}: ${operator.slice(0, 50)} cannot be followed live.`);
    if (operand === null && (operator === '$eq' || operator === '$ne')) checked.$exists ??= operator === '$ne';
    else if (!isFit(operand)) throw invalid(`${key}: ${operator} has no such value.`);
    else checked[operator] = operand;
  }
  if (typeof checked.$regex === 'string') {
    state.expressions += 1;
    if (state.expressions > MAX_EXPRESSIONS) throw invalid(`More than ${MAX_EXPRESSIONS} regular expressions.`);
    assertCheapExpression(expressionOf(checked.$regex), (checked.$options as string | undefined) ?? '');
  }
  if (NEED_A_VALUE.some((operator) => operator in checked)) checked.$exists ??= true;
  return checked;
}

function isArea(value: unknown): boolean {
  const { $polygon, $centerSphere } = (value ?? {}) as { $polygon?: unknown; $centerSphere?: unknown };
  if ($polygon !== undefined) return Array.isArray($polygon) && $polygon.length >= 3 && $polygon.every(isPoint);
  if (!isPair($centerSphere)) return false;
  const [center, distance] = $centerSphere as [unknown, unknown];
  return isPair(center) && (center as unknown[]).every(Number.isFinite) && Number.isFinite(distance);
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2;
}

function isTyped(value: unknown, type: string): boolean {
  return isObject(value) && value.__type === type;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOperators(value: unknown): boolean {
  return isObject(value) && Object.keys(value).some((key) => key.startsWith('$'));
}

function invalid(message: string): Parse.Error {
  return new Parse.Error(Parse.Error.INVALID_QUERY, message);
}

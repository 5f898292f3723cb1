import { valueFromASTUntyped, type ValueNode } from 'graphql';
import Parse from 'parse/node';
import { DATE, TypeValidationError } from 'parse-server/lib/GraphQL/loaders/defaultGraphQLTypes';
import RestWrite from 'parse-server/lib/RestWrite';
import { isInCalendar, parseInstant } from '../../values/instant';
import { asParseError } from './trigger-stack';
import { normaliseDates } from './typed-values';
import { wrapMethod } from './wrap-method';

/**
 * Parse Server 9.10 gives a typed date to `new Date` or to the database, which make another day of some that are
 * none. Below every door a row's dates are read by one rule, and GraphQL's scalar reads by the same.
 */
export function readDatesStrictly(): void {
  wrapMethod(
    RestWrite.prototype,
    'execute',
    (original) =>
      async function (this: RestWrite) {
        try {
          normaliseDates(this.data);
        } catch (error) {
          throw asParseError(error, '');
        }
        return original.call(this);
      },
  );
  DATE.parseValue = readDate;
  DATE.parseLiteral = (node: ValueNode) => readDate(valueFromASTUntyped(node));
}

type Fields = Record<string, unknown>;
type Ask = (className: string, schema: object, query: Fields | null | undefined, ...rest: unknown[]) => unknown;

/** These two columns are also compared with plain texts, which each database would read its own way. */
export function compareTimesStrictly(adapter: object): void {
  const methods = adapter as Record<string, Ask>;
  for (const name of ['find', 'count', 'distinct'] as const) {
    const ask = methods[name]!.bind(adapter);
    methods[name] = async (className, schema, query, ...rest) => {
      guardTimes(query ?? {});
      return ask(className, schema, query, ...rest);
    };
  }
}

/** @throws Parse.Error INVALID_QUERY */
function guardTimes(query: Fields): void {
  for (const [name, condition] of Object.entries(query)) {
    if (Array.isArray(condition) && name.startsWith('$')) for (const part of condition) guardTimes(asFields(part));
    if (name !== 'createdAt' && name !== 'updatedAt') continue;
    const isTyped = asFields(condition).__type !== undefined;
    const operands = typeof condition === 'string' ? [condition] : Object.values(asFields(condition)).flat();
    const isWrong = (operand: unknown): boolean => typeof operand === 'string' && parseInstant(operand) === undefined;
    if (isTyped || !operands.some(isWrong)) continue;
    throw new Parse.Error(Parse.Error.INVALID_QUERY, `${name}: must be a date such as 2025-01-20T10:00:00.000Z.`);
  }
}

const asFields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

function readDate(value: unknown): { __type: 'Date'; iso: Date } {
  const given = (value as { iso?: unknown } | null)?.iso ?? value;
  if (given instanceof Date && isInCalendar(given)) return { __type: 'Date', iso: given };
  const instant = parseInstant(given);
  if (instant === undefined) throw new TypeValidationError(JSON.stringify(given), 'Date');
  return { __type: 'Date', iso: new Date(instant) };
}

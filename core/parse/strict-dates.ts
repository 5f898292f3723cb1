import { valueFromASTUntyped, type ValueNode } from 'graphql';
import { DATE, TypeValidationError } from 'parse-server/lib/GraphQL/loaders/defaultGraphQLTypes';
import RestWrite from 'parse-server/lib/RestWrite';
import { isInCalendar, parseInstant } from '../instant';
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

function readDate(value: unknown): { __type: 'Date'; iso: Date } {
  const given = (value as { iso?: unknown } | null)?.iso ?? value;
  if (given instanceof Date && isInCalendar(given)) return { __type: 'Date', iso: given };
  const instant = parseInstant(given);
  if (instant === undefined) throw new TypeValidationError(JSON.stringify(given), 'Date');
  return { __type: 'Date', iso: new Date(instant) };
}

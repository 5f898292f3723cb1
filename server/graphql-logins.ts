import { Kind, parse, visit, type FieldNode, type ValueNode } from 'graphql';
import { AppError } from '../core/errors';
import { MAX_TOKENS } from './graphql-gate';
import type { ParseBody } from './parse-calls';

/** Closed on Parse's routes, too: see `CLOSED_ROUTES` of parse-calls. */
const CLOSED = new Set(['challenge']);
const WORTH_READING = new RegExp(`\\b(logIn|${[...CLOSED].join('|')})\\b`);

/**
 * The accounts whose passwords a GraphQL document tries, as often as it tries them: one document
 * may log in many times. An account that cannot be told counts as the nameless one.
 * @throws AppError VALIDATION_ERROR for a persisted query, whose text is not here to be read;
 * NOT_FOUND for a mutation whose route is closed
 */
export function accountsTriedBy(body: ParseBody): string[] {
  const { query, extensions, variables } = body ?? {};
  if ('persistedQuery' in fieldsOf(extensions))
    throw new AppError('VALIDATION_ERROR', 'Persisted queries are not kept here; send the text.');
  if (typeof query !== 'string' || !WORTH_READING.test(query)) return [];
  const calls = callsIn(query);
  if (calls.some(({ name }) => CLOSED.has(name.value))) throw new AppError('NOT_FOUND', 'This mutation is closed.');
  return calls.filter(({ name }) => name.value === 'logIn').map((call) => usernameOf(call, fieldsOf(variables)));
}

/** Every field that is given an input: no other can be a mutation. */
function callsIn(query: string): FieldNode[] {
  const calls: FieldNode[] = [];
  try {
    visit(parse(query, { noLocation: true, maxTokens: MAX_TOKENS }), {
      Field: (field) => {
        if (field.arguments?.some(({ name }) => name.value === 'input')) calls.push(field);
      },
    });
  } catch {
    // No GraphQL: Parse's own parser refuses it, and says where.
  }
  return calls;
}

function usernameOf(field: FieldNode, variables: Record<string, unknown>): string {
  const input = field.arguments?.find(({ name }) => name.value === 'input')?.value;
  if (input?.kind === Kind.VARIABLE) return textOf(fieldsOf(variables[input.name.value])['username']);
  if (input?.kind !== Kind.OBJECT) return '';
  const username: ValueNode | undefined = input.fields.find(({ name }) => name.value === 'username')?.value;
  if (username?.kind === Kind.STRING) return username.value;
  return username?.kind === Kind.VARIABLE ? textOf(variables[username.name.value]) : '';
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

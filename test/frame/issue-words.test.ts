import { z } from 'zod';
import { AppError } from '../../core/errors';
import { validateInput } from '../../core/operation/input';
import { processInput } from '../../cloud/imports/imports.contract';
import { getRetentionContract } from '../../cloud/analytics/analytics.contract';

const schema = z.strictObject({
  start_date: z.iso.date().optional(),
  at: z.iso.datetime().optional(),
  limit: z.int().min(1).max(100).optional(),
  share: z.number().positive().multipleOf(5).optional(),
  name: z.string().min(2).max(4).optional(),
  title: z.string().min(1).optional(),
  email: z.string().regex(/@/, 'must be an email address').optional(),
  code: z.string().regex(/^A/).optional(),
  status: z.enum(['active', 'closed']).optional(),
  always: z.literal(true).optional(),
  all: z.boolean().optional(),
  tags: z.array(z.string()).min(1).max(2).optional(),
  options: z.strictObject({ data_type: z.string() }).optional(),
  defaults: z.record(z.string().max(3), z.union([z.string().max(3), z.number(), z.boolean()])).optional(),
});

function refusalOf(shape: z.ZodType, input: unknown): { message: string; issues: unknown[] } {
  try {
    validateInput(shape, input);
  } catch (error) {
    if (error instanceof AppError) return { message: error.message, issues: error.details.issues as unknown[] };
  }
  throw new Error('Not refused.');
}

describe('what is wrong with a field is said in words', () => {
  it.each([
    ['an unknown field', { foo: 1 }, 'foo', 'unknown_field', 'unknown field "foo"'],
    [
      'a mistyped field',
      { strat_date: 1 },
      'strat_date',
      'unknown_field',
      /"strat_date"; did you mean "start_date"\?$/,
    ],
    [
      'a mistyped inner field',
      { options: { data_type: 'x', data_tpye: 1 } },
      'options.data_tpye',
      'unknown_field',
      /"data_type"\?$/,
    ],
    ['a missing inner field', { options: {} }, 'options.data_type', 'missing', 'options.data_type is missing'],
    ['text for a number', { limit: 'abc' }, 'limit', 'wrong_type', 'limit must be a whole number, not text'],
    ['a fraction', { limit: 1.5 }, 'limit', 'wrong_type', 'limit must be a whole number'],
    ['null', { limit: null }, 'limit', 'wrong_type', 'limit must be a whole number, not null'],
    ['a number for text', { name: 5 }, 'name', 'wrong_type', 'name must be text, not a number'],
    ['a boolean for text', { name: true }, 'name', 'wrong_type', 'name must be text, not a boolean'],
    ['text for a boolean', { all: 'yes' }, 'all', 'wrong_type', 'all must be true or false, not text'],
    ['an object for a list', { tags: {} }, 'tags', 'wrong_type', 'tags must be a list, not an object'],
    ['a list for an object', { options: [] }, 'options', 'wrong_type', 'options must be an object, not a list'],
    ['a wrong entry', { tags: ['a', 5] }, 'tags.1', 'wrong_type', 'tags.1 must be text, not a number'],
    ['a number too small', { limit: 0 }, 'limit', 'too_small', 'limit must be at least 1'],
    ['a negative number', { limit: -1 }, 'limit', 'too_small', 'limit must be at least 1'],
    ['a number too large', { limit: 101 }, 'limit', 'too_large', 'limit must be at most 100'],
    ['zero where more is needed', { share: 0 }, 'share', 'too_small', 'share must be more than 0'],
    ['a number between the steps', { share: 7 }, 'share', 'invalid', 'share must be a multiple of 5'],
    ['a text too short', { name: 'a' }, 'name', 'too_small', 'name must have at least 2 characters'],
    ['an empty text', { title: '' }, 'title', 'too_small', 'title must not be empty'],
    ['a text too long', { name: 'abcde' }, 'name', 'too_large', 'name must have at most 4 characters'],
    ['an empty list', { tags: [] }, 'tags', 'too_small', 'tags must not be empty'],
    ['a list too long', { tags: ['a', 'b', 'c'] }, 'tags', 'too_large', 'tags must have at most 2 entries'],
    [
      'a value that is none of the list',
      { status: 'x' },
      'status',
      'not_allowed',
      'status must be one of active, closed',
    ],
    [
      'another type for a value of the list',
      { status: 5 },
      'status',
      'not_allowed',
      'status must be one of active, closed',
    ],
    ['not the only value', { always: false }, 'always', 'not_allowed', 'always must be true'],
    [
      'a day with a time',
      { start_date: '2021-03-01T00:00:00Z' },
      'start_date',
      'wrong_format',
      'start_date must be a day such as 2021-03-01, without a time',
    ],
    [
      'a day that is none',
      { start_date: '2021-02-30' },
      'start_date',
      'wrong_format',
      'start_date is no day of the calendar',
    ],
    [
      'no day at all',
      { start_date: 'yesterday' },
      'start_date',
      'wrong_format',
      'start_date must be a day such as 2021-03-01',
    ],
    [
      'a day for a time',
      { at: '2021-03-01' },
      'at',
      'wrong_format',
      'at must be a time in UTC such as 2021-03-01T08:00:00Z',
    ],
    ['a form with words of its own', { email: 'x' }, 'email', 'wrong_format', 'email must be an email address'],
    ['a form without words of its own', { code: 'x' }, 'code', 'wrong_format', 'code has a wrong form'],
    [
      'none of several types',
      { defaults: { a: null } },
      'defaults.a',
      'wrong_type',
      'defaults.a must be text, a number or true or false',
    ],
    [
      'a long text where others would do',
      { defaults: { a: 'long' } },
      'defaults.a',
      'too_large',
      'defaults.a must have at most 3 characters',
    ],
    [
      'a key too long',
      { defaults: { abcd: 1 } },
      'defaults.abcd',
      'invalid',
      'defaults.abcd is a name that must have at most 3 characters',
    ],
    ['NUL', { title: 'a\0b' }, 'title', 'wrong_format', 'title must not hold NUL'],
  ])('%s', (_name, input, path, code, message) => {
    const issue = { path, code, message: typeof message === 'string' ? message : expect.stringMatching(message) };
    const refusal = refusalOf(schema, input);
    expect(refusal.issues).toEqual([issue]);
    expect(refusal.message).toMatch(/[.?]$/);
  });

  it('an input that is no object', () => {
    expect(refusalOf(schema, []).message).toBe('The input must be an object, not a list.');
  });

  it('every missing field at once, in the message as well', () => {
    expect(
      refusalOf(getRetentionContract.input, { population: 'customers', cohort: 'x', tenant: 5 }).issues,
    ).toHaveLength(2);
    const { message, issues } = refusalOf(z.strictObject({ a: z.string(), b: z.int(), c: z.enum(['x']) }), {});
    expect(message).toBe('a is missing; b is missing; c is missing.');
    expect(issues).toHaveLength(3);
  });

  it('no more than can be read', () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`field_${i}`, i]));
    const { message, issues } = refusalOf(processInput, { ...many, data: [] });
    expect(issues).toHaveLength(20);
    expect(message).toMatch(/and 25 more\.$/);
  });

  it('a name that no one could have meant gets no suggestion, and a hostile one costs nothing', () => {
    expect(refusalOf(schema, { ['x'.repeat(100_000)]: 1 }).message).not.toContain('did you mean');
  });
});

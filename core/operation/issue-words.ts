import { z } from 'zod';
import type { InputIssue, IssueCode } from './issues';
import { nearest } from './nearest';

type RawIssue = z.core.$ZodRawIssue;
type Issue = z.core.$ZodIssue;

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

/**
 * What is wrong with a field, as a phrase that follows its name: `is missing`. For zod, as the
 * error map of one parse; a message in a contract (`must be an email address`) goes before it.
 */
export function phraseOf(issue: RawIssue): string {
  if (isMissing(issue)) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeName(wanted(issue))}${butIs(issue)}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'too_small':
    case 'too_big':
      return boundPhrase(issue);
    case 'invalid_format':
      return formatPhrase(issue.format, issue.input);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_union':
      return unionPhrase(issue.errors);
    case 'invalid_key':
      return `is a name that ${issue.issues[0]?.message ?? 'is not allowed'}`;
    default:
      return 'is not valid';
  }
}

/** @param error of a parse with {@link phraseOf} as its error map and `reportInput` */
export function issuesIn(error: z.core.$ZodError, schema: z.ZodType): InputIssue[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [toIssue(issue)];
    const known = fieldsAt(schema, issue.path);
    return issue.keys.map((key) => unknownField(issue.path, key, known));
  });
}

function toIssue(issue: Issue): InputIssue {
  const path = pathText(issue.path);
  // A rule about several fields (`refine` without a path) is a sentence of its own.
  const subject = path || (issue.code === 'custom' ? '' : 'The input');
  return { path, code: codeOf(issue), message: [subject, issue.message].filter(Boolean).join(' ') };
}

function unknownField(at: readonly PropertyKey[], key: string, known: readonly string[]): InputIssue {
  const meant = nearest(key, known);
  const path = pathText([...at, key]);
  const message = `unknown field "${path}"${meant ? `; did you mean "${meant}"?` : ''}`;
  return { path, code: 'unknown_field', message };
}

const CODES: Readonly<Partial<Record<Issue['code'], IssueCode>>> = {
  invalid_type: 'wrong_type',
  invalid_value: 'not_allowed',
  too_small: 'too_small',
  too_big: 'too_large',
  invalid_format: 'wrong_format',
  invalid_union: 'wrong_type',
};

function codeOf(issue: Issue): IssueCode {
  if (isMissing(issue)) return 'missing';
  // A branch whose type was right says what is wrong.
  const inner =
    issue.code === 'invalid_union' ? issue.errors.find(([first]) => first?.code !== 'invalid_type') : undefined;
  return CODES[(inner?.[0] ?? issue).code] ?? 'invalid';
}

function isMissing(issue: RawIssue | Issue): boolean {
  return issue.input === undefined && /^invalid_(type|value|union)$/.test(issue.code);
}

function butIs({ input, expected }: RawIssue & { expected: string }): string {
  if (input === null) return ', not null';
  const given = Array.isArray(input) ? 'array' : typeof input;
  if (given === 'number' && expected === 'int') return '';
  return given in TYPES ? `, not ${given === 'boolean' ? 'a boolean' : TYPES[given]}` : '';
}

/** zod says `number` to a text where whole numbers are wanted. */
function wanted({ expected, inst }: Extract<RawIssue, { code: 'invalid_type' }>): string {
  const { format } = (inst?._zod.def ?? {}) as { format?: string };
  return expected === 'number' && format === 'safeint' ? 'int' : expected;
}

const typeName = (expected: string): string => TYPES[expected] ?? expected;

function boundPhrase(issue: Extract<RawIssue, { code: 'too_small' | 'too_big' }>): string {
  const isSmall = issue.code === 'too_small';
  const bound = Number(isSmall ? issue.minimum : issue.maximum);
  const limit = isSmall ? `at least ${bound}` : `at most ${bound}`;
  if (issue.origin === 'string') return bound === 1 && isSmall ? 'must not be empty' : `must have ${limit} characters`;
  if (issue.origin === 'array') return bound === 1 && isSmall ? 'must not be empty' : `must have ${limit} entries`;
  if (issue.inclusive === false) return `must be ${isSmall ? 'more' : 'less'} than ${bound}`;
  return `must be ${limit}`;
}

const FORMATS: Readonly<Record<string, string>> = {
  date: 'must be a day such as 2021-03-01',
  datetime: 'must be a time in UTC such as 2021-03-01T08:00:00Z',
  email: 'must be an email address',
  url: 'must be a URL',
  uuid: 'must be a UUID',
};

function formatPhrase(format: string, input: unknown): string {
  const text = String(input);
  if (format === 'date' && /^\d{4}-\d\d-\d\d[T ]/.test(text)) return `${FORMATS.date}, without a time`;
  if (format === 'date' && /^\d{4}-\d\d-\d\d$/.test(text)) return 'is no day of the calendar';
  return FORMATS[format] ?? 'has a wrong form';
}

/** The types that would do; or what is wrong with the branch whose type was right. */
function unionPhrase(branches: readonly (readonly Issue[])[]): string {
  const types: string[] = [];
  for (const [first] of branches) {
    if (first?.code !== 'invalid_type' || first.path.length) return first?.message ?? 'is not valid';
    types.push(typeName(first.expected));
  }
  return `must be ${types.slice(0, -1).join(', ')} or ${types.at(-1) ?? ''}`;
}

const pathText = (path: readonly PropertyKey[]): string => path.map(String).join('.');

function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const key of path) at = fieldsOf(at)?.[String(key)];
  return Object.keys(fieldsOf(at) ?? {});
}

function fieldsOf(schema: unknown): Record<string, unknown> | undefined {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable || inner instanceof z.ZodDefault) {
    inner = inner.unwrap();
  }
  return inner instanceof z.ZodObject ? inner.shape : undefined;
}

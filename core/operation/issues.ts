import { AppError } from '../errors';

/** What can be wrong with one field of an input: for programs, beside the message for people. */
export const ISSUE_CODES = [
  'missing',
  'unknown_field',
  'wrong_type',
  'not_allowed',
  'too_small',
  'too_large',
  'wrong_format',
  'given_twice',
  'invalid',
] as const;
export type IssueCode = (typeof ISSUE_CODES)[number];

/** One entry of `details.issues`. */
export interface InputIssue {
  /** Where, as `options.data_type`; empty for the input as a whole. */
  path: string;
  code: IssueCode;
  /** A whole phrase that names the field: `start_date is missing`. */
  message: string;
}

const MAX_ISSUES = 20;
const MAX_IN_MESSAGE = 5;

/** The error for issues of an input: every one in `details`, the first ones in the message. */
export function invalidInput(all: readonly InputIssue[]): AppError {
  const issues = all.slice(0, MAX_ISSUES);
  const said = issues.slice(0, MAX_IN_MESSAGE).map(({ message }) => message);
  if (all.length > said.length) said.push(`and ${all.length - said.length} more`);
  const message = said.join('; ').replace(/([^.?!])$/, '$1.');
  return new AppError('VALIDATION_ERROR', message || 'The input is not valid.', { details: { issues } });
}

/** The same for one field, for rules that no schema says: `invalidField('end_date', 'too_small', 'must not …')`. */
export function invalidField(path: string, code: IssueCode, phrase: string): AppError {
  return invalidInput([{ path, code, message: `${path} ${phrase}` }]);
}

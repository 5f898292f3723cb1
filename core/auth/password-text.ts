/** Length of a password in characters (code points of the prepared text). */
export const PASSWORD_LENGTH = { min: 8, max: 128 } as const;
/** For people. */
export const PASSWORD_RULE =
  `A password has ${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters, none of them a control character ` +
  'or half of one, and does not contain the user name.';

/** What no text holds: control characters, halves of a surrogate pair, code points that are no characters. */
const NO_TEXT = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;
const BLANKS = /\p{Zs}/gu;

/**
 * One text for every way in which a keyboard may send it: the OpaqueString profile of RFC 8265 (NFC, any
 * blank is a space; letter case stays).
 * @returns undefined for what no password may hold
 */
export function preparePassword(password: string): string | undefined {
  if (NO_TEXT.test(password)) return undefined;
  return password.replace(BLANKS, ' ').normalize('NFC');
}

/** Why it cannot be a password; undefined when it can. */
export function passwordFault(password: string): string | undefined {
  const prepared = preparePassword(password);
  if (prepared === undefined) return 'must not contain control characters or halves of a character';
  const { length } = [...prepared];
  if (length < PASSWORD_LENGTH.min || length > PASSWORD_LENGTH.max) {
    return `must have ${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters`;
  }
  return undefined;
}

/** Whether the one contains the other, however both are written. */
export function containsName(password: string, username: string): boolean {
  return (preparePassword(password) ?? password).includes(preparePassword(username) ?? username);
}

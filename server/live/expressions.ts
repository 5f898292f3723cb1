import Parse from 'parse/node';

const MAX_LENGTH = 500;
/** Each may multiply the time by the length of the text. */
const MAX_REPEATS = 2;

/** Parse's `\Q…\E` (what startsWith, contains and endsWith send) as the characters that it stands for. */
export function expressionOf(given: string): string {
  return given.replace(/\\Q(.*?)(?:\\E|$)/gs, (_all, literal: string) =>
    literal.replace(/[^A-Za-z0-9_]/g, (character) => `\\${character}`),
  );
}

/**
 * A client's expression runs on each row, in our event loop. Those that can take exponentially long
 * have repeats of groups, or many repeats; the time limit of each test is the second belt.
 * @throws Parse.Error 102
 */
export function assertCheapExpression(pattern: string, flags: string): void {
  if (pattern.length > MAX_LENGTH) throw refused(`is longer than ${MAX_LENGTH} characters`);
  try {
    new RegExp(pattern, flags);
  } catch (error) {
    throw refused(`is invalid: ${(error as Error).message}`);
  }
  if (/\\[1-9k]/.test(pattern)) throw refused('refers back');
  // What is escaped, or in brackets, is one character.
  const bare = pattern.replace(/\\./gs, 'x').replace(/\[[^\]]*\]/g, 'x');
  if (/\(\?/.test(bare.replace(/\(\?:/g, '('))) throw refused('looks around');
  if (/\)[*+?{]/.test(bare)) throw refused('repeats a group');
  if ((bare.match(/[*+{]|[^*+?}(]\?/g) ?? []).length > MAX_REPEATS)
    throw refused(`has more than ${MAX_REPEATS} repeats`);
}

function refused(reason: string): Parse.Error {
  return new Parse.Error(Parse.Error.INVALID_QUERY, `A regular expression ${reason}; it cannot be followed live.`);
}

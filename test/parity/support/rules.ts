type Fields = Record<string, unknown>;

/** Takes out of a pair of values what one row of docs/parse-differences.md explains; true where it did. */
type Rule = (plain: Fields, ours: Fields) => boolean;

/** Refusals of ours in the place of Parse's, of the same status and code. */
const OUR_SENTENCES = new Set([
  'The query does not fit the types of its fields.',
  'Invalid session token',
  'unauthorized',
  'Could not delete file.',
]);

/** Columns that every account of ours has. */
const ACCOUNT_FIELDS = ['tenant', 'type', 'status', 'roles'];

/**
 * Differences that show in many answers. Each is looked for in every pair of objects at the same
 * place of both answers; all other differences are named by the question that shows them.
 */
export const RULES: Readonly<Record<string, Rule>> = {
  'refusal-text': (plain, ours) => {
    if (typeof plain['error'] !== 'string' || plain['error'] === ours['error'] || !isOurRefusal(ours['error']))
      return false;
    ours['error'] = plain['error'];
    return true;
  },
  'no-500': (plain, ours) => {
    if (plain['status'] !== 500 || ![400, 404].includes(ours['status'] as number)) return false;
    Object.assign(ours, plain);
    return true;
  },
  'error-codes': (plain, ours) => {
    if (typeof plain['error'] !== 'string' || 'code' in plain || typeof ours['code'] !== 'number') return false;
    delete ours['code'];
    return true;
  },
  'unknown-routes': (plain, ours) => {
    const isPage = typeof plain['body'] === 'string' && plain['body'].startsWith('<!DOCTYPE html>');
    if (!isPage || plain['status'] !== 404 || ours['status'] !== 404) return false;
    ours['body'] = plain['body'];
    return true;
  },
  'no-stack-traces': (plain, ours) => {
    if (!Array.isArray(plain['stacktrace']) || 'stacktrace' in ours) return false;
    ours['stacktrace'] = plain['stacktrace'];
    return true;
  },
  'class-permissions': (plain, ours) => {
    const isSet = ['find', 'get', 'create', 'addField'].every((name) => name in plain && name in ours);
    if (!isSet || !isEmpty(ours['addField'])) return false;
    const hidden = ours['protectedFields'] as Fields | undefined;
    const hidesNothing = Array.isArray(hidden?.['*']) && hidden['*'].length === 0;
    if (isEmpty(plain['addField']) && !(hidesNothing && isEmpty(plain['protectedFields']))) return false;
    ours['addField'] = plain['addField'];
    if (hidesNothing && isEmpty(plain['protectedFields'])) ours['protectedFields'] = {};
    return true;
  },
  'account-fields': (plain, ours) => {
    const added = ACCOUNT_FIELDS.filter((name) => name in ours && !(name in plain));
    if (!('username' in ours) || !added.length) return false;
    for (const name of added) delete ours[name];
    return true;
  },
  'email-names': (plain, ours) => {
    const { email } = ours;
    if ('email' in plain || typeof email !== 'string' || email !== (ours['username'] ?? plain['username']))
      return false;
    delete ours['email'];
    return true;
  },
  'own-triggers': (plain, ours) => {
    const isAnswerOfSave = 'createdAt' in ours !== 'updatedAt' in ours;
    const filled = ['ACL', 'username'].filter((name) => name in ours && !(name in plain));
    if (!isAnswerOfSave || !filled.length) return false;
    for (const name of filled) delete ours[name];
    return true;
  },
  'account-acl': (plain, ours) => {
    const [theirs, acl] = [plain['ACL'] as Fields | undefined, ours['ACL'] as Fields | undefined];
    if (!('username' in ours) || !theirs || !acl || !('role:admin' in acl) || 'role:admin' in theirs) return false;
    delete acl['role:admin'];
    return true;
  },
  'session-length': (plain, ours) => {
    const [theirs, expires] = [plain['expiresAt'] as Fields | undefined, ours['expiresAt'] as Fields | undefined];
    if (theirs?.['iso'] !== '<in 365 days>' || expires?.['iso'] !== '<in 1 days>') return false;
    expires['iso'] = theirs['iso'];
    return true;
  },
};

/** Applies the rules all over two answers. @returns the ids of those that explained something */
export function explain(plain: unknown, ours: unknown): Set<string> {
  const used = new Set<string>();
  walk(plain, ours, used);
  return used;
}

function walk(plain: unknown, ours: unknown, used: Set<string>): void {
  if (typeof plain !== 'object' || typeof ours !== 'object' || plain === null || ours === null) return;
  if (!Array.isArray(ours))
    for (const [id, rule] of Object.entries(RULES)) if (rule(plain as Fields, ours as Fields)) used.add(id);
  for (const key of Object.keys(ours)) walk((plain as Fields)[key], (ours as Fields)[key], used);
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

function isOurRefusal(text: unknown): boolean {
  if (OUR_SENTENCES.has(text as string)) return true;
  if (typeof text !== 'string' || !text.startsWith('{')) return false;
  const { code, message, request_id: requestId } = JSON.parse(text) as Fields;
  return [code, message, requestId].every((part) => typeof part === 'string');
}

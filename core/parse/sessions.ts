import Parse from 'parse/node';
import SchemaCache from 'parse-server/lib/Adapters/Cache/SchemaCache';
import { defaultColumns } from 'parse-server/lib/Controllers/SchemaController';
import RestWrite from 'parse-server/lib/RestWrite';
import { isAccountThere } from '../auth/presence';
import { endSessions } from '../auth/session';
import { rootOf } from './row-names';
import { forbidden } from './schema-rules';
import { wrapMethod } from './wrap-method';

const OWN = new Set(Object.keys({ ...defaultColumns['_Default'], ...defaultColumns['_Session'] }));

/**
 * What a session is stays the server's, in its parts as well: Parse refuses `createdWith`, but takes
 * `createdWith.action`, by which a session would pass for one that has just logged in. And no session outlives its
 * account. Called once a process.
 */
export function guardSessions(): void {
  wrapMethod(
    RestWrite.prototype,
    'handleSession',
    (original) =>
      function (this: RestWrite) {
        if (this.className === '_Session' && !this.response) assertFields(this);
        return original.call(this);
      },
  );
  wrapMethod(
    RestWrite.prototype,
    'execute',
    (original) =>
      async function (this: RestWrite) {
        const outcome = await original.call(this);
        // A client's own request makes the session by another one, of the master key.
        if (this.className === '_Session' && !this.query && this.auth.isMaster === true)
          await keepOfAccounts(this.data);
        return outcome;
      },
  );
}

/** A new session of an account that was erased meanwhile goes with it. @throws Parse.Error 101 */
async function keepOfAccounts({ objectId, sessionToken, user }: RestWrite['data']): Promise<void> {
  const { objectId: userId } = (user ?? {}) as { objectId?: unknown };
  if (typeof userId !== 'string' || typeof objectId !== 'string') return;
  if (await isAccountThere(userId)) return;
  await endSessions([{ sessionId: objectId, sessionToken: String(sessionToken) }]);
  throw new Parse.Error(Parse.Error.OBJECT_NOT_FOUND, 'Object not found.');
}

/** Removing what no column holds fails on PostgreSQL; other values of unknown fields Parse refuses itself. */
function isUnknown(name: string, value: unknown): boolean {
  const { __op: operation } = (value ?? {}) as { __op?: unknown };
  const isRemoval = value === null || operation === 'Delete';
  const columns = SchemaCache.get('_Session')?.fields;
  return isRemoval && columns !== undefined && !Object.hasOwn(columns, rootOf(name));
}

/** @throws Parse.Error 105, 111, 119 */
function assertFields({ query, data, auth }: RestWrite): void {
  const isClient = auth.isMaster !== true && auth.isMaintenance !== true;
  const isNew = !query;
  for (const name of Object.keys(data)) {
    const isPart = name.includes('.');
    // Parse ignores most of what a client says of a new session.
    const isRefused = OWN.has(rootOf(name)) && (isPart || (isClient && !isNew && name !== 'objectId'));
    if (isUnknown(name, data[name])) throw forbidden(`_Session has no field "${name.slice(0, 80)}".`);
    if (isRefused) throw new Parse.Error(Parse.Error.INVALID_KEY_NAME, `Invalid key name: ${name.slice(0, 80)}`);
  }
  const { installationId } = data;
  // Parse removes the other sessions of this device by it.
  if (isNew && installationId !== undefined && typeof installationId !== 'string')
    throw new Parse.Error(Parse.Error.INCORRECT_TYPE, 'installationId: must be a text.');
}

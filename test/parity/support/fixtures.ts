import { send, type Reply } from './send';
import type { Step } from './question';
import type { Side } from './servers';
import { CLASSES, GAMES, PASSWORD, PEOPLE, STUDIOS, USER_COLUMNS } from './fixture-data';

/** Makes the same classes, people and rows on a server and names them in `side.names`. */
export async function prepare(side: Side): Promise<void> {
  const master = async (method: string, path: string, body: unknown): Promise<Reply['body']> =>
    done(await send(side, { method, path, body, as: 'master' }, 'rest'), `${side.name}: ${method} ${path}`);
  for (const { className, ...rest } of CLASSES) await master('POST', `/schemas/${className}`, { className, ...rest });
  await master('PUT', '/schemas/_User', { className: '_User', fields: USER_COLUMNS });
  for (const who of PEOPLE) {
    const body = { username: `${who}@example.com`, password: PASSWORD };
    const made = done(await send(side, { method: 'POST', path: '/users', body }, 'rest'), who) as Step & Made;
    side.names[who] = made.objectId;
    side.names[`${who}Session`] = made.sessionToken;
  }
  side.names['staleSession'] = 'r:00000000000000000000000000000000';
  const role = { name: 'editors', ACL: { '*': { read: true } }, users: relationTo('_User', side.names['bob']!) };
  side.names['editors'] = ((await master('POST', '/roles', role)) as Made).objectId;
  for (const [name, row] of Object.entries(STUDIOS))
    side.names[name] = ((await master('POST', '/classes/ParStudio', row)) as Made).objectId;
  for (const [name, row] of Object.entries(GAMES(side.names)))
    side.names[name] = ((await master('POST', '/classes/ParGame', row)) as Made).objectId;
}

interface Made {
  objectId: string;
  sessionToken: string;
}

function done({ status, body }: Reply, what: string): unknown {
  if (status >= 300) throw new Error(`${what}: ${status} ${JSON.stringify(body)}`);
  return body;
}

const relationTo = (className: string, objectId: string): object => ({
  __op: 'AddRelation',
  objects: [{ __type: 'Pointer', className, objectId }],
});

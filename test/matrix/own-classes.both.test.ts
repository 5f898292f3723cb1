import { OWN_CLASS_KINDS, OWN_CLASS_VERBS, type OwnClassKindName } from '../../scripts/generate/own-class-matrix';
import type { MatrixActor } from '../../scripts/generate/role-matrix';
import { createPerson, type Person } from '../factories/people';
import { parseRest } from '../harness/app';
import { FOR_USERS, makeClass, pointer, TENANT_COLUMN } from '../own-classes/support/own-classes';
import { ACTORS, createCast, personOf, ROLES_OF, type ActorName, type Cast } from './support/actors';
import {
  credentialsFor,
  throughBatch,
  throughClasses,
  throughGraphql,
  type Effect,
  type ObjectDoor,
  type Verb,
} from './support/object-doors';

/** What docs/role-matrix.md says of an app's own classes, through every door. */
const everybody = { '*': true };
const PUBLIC = Object.fromEntries(Object.keys(FOR_USERS).map((name) => [name, everybody]));
const NOTE = { note: { type: 'String' } };
const DEFINITIONS: Record<OwnClassKindName, object> = {
  closed: { fields: NOTE },
  public: { fields: NOTE, classLevelPermissions: PUBLIC },
  'signed-in': { fields: NOTE, classLevelPermissions: FOR_USERS },
  private: { fields: NOTE, classLevelPermissions: FOR_USERS },
  'tenant-owned': { fields: { ...NOTE, ...TENANT_COLUMN }, classLevelPermissions: FOR_USERS },
};
const KINDS = Object.keys(DEFINITIONS) as OwnClassKindName[];

let cast: Cast;
let owner: Person;
const classNames = {} as Record<OwnClassKindName, string>;

beforeAll(async () => {
  cast = await createCast();
  owner = await createPerson();
  for (const kind of KINDS) classNames[kind] = await makeClass(DEFINITIONS[kind]);
});

async function makeRow(kind: OwnClassKindName): Promise<string> {
  const body = {
    ...(kind === 'private' ? { ACL: { [owner.id]: { read: true, write: true } } } : {}),
    ...(kind === 'tenant-owned' ? { tenant: pointer('Tenant', cast.tenantId) } : {}),
  };
  const made = await parseRest('POST', `/classes/${classNames[kind]}`, { masterKey: true, body });
  expect(made).toMatchObject({ status: 201 });
  return made.body.objectId;
}

async function attempt(kind: OwnClassKindName, verb: Verb, actor: ActorName, door: ObjectDoor): Promise<Effect> {
  const className = classNames[kind];
  const credentials = credentialsFor(actor, personOf(cast, actor));
  if (verb !== 'create') return door({ verb, className, id: await makeRow(kind), fields: { note: 'x' } }, credentials);
  // The master key has no tenant of its own.
  const needsTenant = kind === 'tenant-owned' && actor === 'master';
  const tenant = door === throughGraphql ? { link: cast.tenantId } : pointer('Tenant', cast.tenantId);
  return door({ verb, className, fields: { note: 'x', ...(needsTenant ? { tenant } : {}) } }, credentials);
}

function expected(kind: OwnClassKindName, verb: Verb, actor: ActorName): Effect {
  const { may } = OWN_CLASS_KINDS[kind];
  const who = (name: MatrixActor): boolean => may(verb, name);
  if (actor === 'master' || actor === 'anonymous') return who(actor) ? 'yes' : 'no';
  const roles = ROLES_OF[actor];
  if (!roles) return 'no';
  // Roles in another tenant are none here.
  const names = actor === 'other tenant' ? [] : roles;
  return (['user', ...names] as const).some(who) ? 'yes' : 'no';
}

const CASES = KINDS.flatMap((kind) => OWN_CLASS_VERBS.map((verb) => [kind, verb] as const));

describe.each([
  ['/parse/classes', throughClasses],
  ['/parse/batch', throughBatch],
  ['GraphQL', throughGraphql],
] as const)('own classes through %s', (_name, door) => {
  it.each(CASES)('%s: %s', async (kind, verb) => {
    const found: Partial<Record<ActorName, Effect>> = {};
    for (const actor of ACTORS) found[actor] = await attempt(kind, verb, actor, door);
    expect(found).toEqual(Object.fromEntries(ACTORS.map((actor) => [actor, expected(kind, verb, actor)])));
  });
});

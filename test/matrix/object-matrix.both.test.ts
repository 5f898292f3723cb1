import type { ClassDefinition } from '../../core/schema/class-definition';
import { parseRest } from '../harness/app';
import { registry } from '../factories/registry';
import { ACTORS, createCast, personOf, type ActorName, type Cast } from './support/actors';
import { expectedEffect } from './support/expected-objects';
import {
  credentialsFor,
  throughBatch,
  throughClasses,
  throughGraphql,
  type Effect,
  type ObjectDoor,
  type Verb,
} from './support/object-doors';
import { SAMPLES } from './support/rows';

let cast: Cast;

beforeAll(async () => {
  cast = await createCast();
});

const definitions = registry().classes.filter(({ className }) => className in SAMPLES);
const VERBS: readonly Verb[] = ['get', 'find', 'create', 'update', 'delete'];

async function makeRow(definition: ClassDefinition): Promise<string> {
  // A tenant's own row is the tenant: its members are those of the cast.
  if (definition.className === 'Tenant') return cast.tenantId;
  const made = await parseRest('POST', `/classes/${definition.className}`, {
    masterKey: true,
    body: newFields(definition),
  });
  expect(made).toMatchObject({ status: 201 });
  return made.body.objectId;
}

/** Names the tenant: only that makes another tenant's administrator reach over. */
function newFields(definition: ClassDefinition): Record<string, unknown> {
  const tenant = { __type: 'Pointer', className: 'Tenant', objectId: cast.tenantId };
  return { ...SAMPLES[definition.className]!.fields(), ...(definition.tenant ? { tenant } : {}) };
}

async function attempt(definition: ClassDefinition, verb: Verb, actor: ActorName, door: ObjectDoor): Promise<Effect> {
  const { className } = definition;
  const credentials = credentialsFor(actor, personOf(cast, actor));
  if (verb === 'create') return door({ verb, className, fields: newFields(definition) }, credentials);
  const id = await makeRow(definition);
  return door({ verb, className, id, fields: SAMPLES[className]!.change }, credentials);
}

async function expectRow(definition: ClassDefinition, verb: Verb, door: ObjectDoor): Promise<void> {
  const row: Record<string, Effect> = {};
  for (const actor of ACTORS) {
    // The cast's tenant has to stay for the others.
    if (definition.className === 'Tenant' && verb === 'delete' && actor === 'master') continue;
    row[actor] = await attempt(definition, verb, actor, door);
  }
  const promised = Object.keys(row).map((actor) => [actor, expectedEffect(definition, verb, actor as ActorName)]);
  expect(row).toEqual(Object.fromEntries(promised));
}

const CASES = definitions.flatMap((definition) =>
  VERBS.map((verb) => [definition.className, verb, definition] as const),
);

describe('objects through /parse/classes', () => {
  it.each(CASES)('%s: %s', (_name, verb, definition) => expectRow(definition, verb, throughClasses));
});

describe('objects through /parse/batch', () => {
  it.each(CASES)('%s: %s', (_name, verb, definition) => expectRow(definition, verb, throughBatch));
});

describe('objects through GraphQL', () => {
  const reading = CASES.filter(
    ([name, verb]) => ['Purchase', 'AuditLog', 'RefreshToken'].includes(name) && verb !== 'create',
  );

  it.each(reading)('%s: %s', (_name, verb, definition) => expectRow(definition, verb, throughGraphql));
});

it('walks every class that the features declare', () => {
  // Rows of their own kind: people-objects, own-objects, tampering; a tenant has few endpoints of webhooks, which
  // test/webhooks asks. SelfTest is the start-up's.
  const elsewhere = ['_User', 'DataJob', 'TenantMember', 'WebhookEndpoint', 'SelfTest'];
  const missing = registry().classes.filter(
    ({ className }) => !(className in SAMPLES) && !elsewhere.includes(className),
  );
  expect(missing.map(({ className }) => className)).toEqual([]);
});

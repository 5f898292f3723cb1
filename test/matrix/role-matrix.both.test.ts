import { api, parseFn } from '../harness/app';
import { createPerson } from '../factories/people';
import { operationsWith, pathOf, registry, type OperationFacts } from '../factories/registry';
import { ACTORS, createCast, personOf, type ActorName, type Cast } from './support/actors';
import { expectedAccess, type Door } from './support/expected-access';
import { probe } from './support/probe';

let cast: Cast;

beforeAll(async () => {
  cast = await createCast();
});

const named = (operations: OperationFacts[]): [string, OperationFacts][] =>
  operations.map((operation) => [operation.name, operation]);

/** Every actor's verdict beside the promised one, so that a failure shows the whole row. */
async function expectRow(operation: OperationFacts, door: Door, actors: readonly ActorName[]): Promise<void> {
  const row = await Promise.all(
    actors.map(async (actor) => [actor, (await probe(operation, door, actor, personOf(cast, actor))).verdict] as const),
  );
  const promised = actors.map((actor) => [actor, expectedAccess(operation, door, actor)] as const);
  expect(Object.fromEntries(row)).toEqual(Object.fromEntries(promised));
}

const WITHOUT_MASTER = ACTORS.filter((actor) => actor !== 'master');

describe('who may call over REST', () => {
  it.each(named(operationsWith('rest')))('%s', (_name, operation) => expectRow(operation, 'REST', WITHOUT_MASTER));
});

describe('who may call as a cloud function', () => {
  it.each(named(operationsWith('cloud')))('%s', (_name, operation) => expectRow(operation, 'cloud function', ACTORS));
});

describe('who may call through a batch', () => {
  it.each(named(operationsWith('cloud')))('%s', (_name, operation) => expectRow(operation, 'batch', ACTORS));
});

describe('operations that people may use on themselves', () => {
  const own = registry().operations.filter(({ access }) => access.kind === 'roles' && access.selfParam);

  it.each(named(own))('%s lets a plain user reach the own account, and nobody else’s', async (_name, operation) => {
    const [person, other] = [await createPerson(), cast.people['plain user']];
    const param = (operation.access as { selfParam: string }).selfParam;
    const call = (id: string) => {
      const body = operation.rest!.method === 'GET' || operation.rest!.method === 'DELETE' ? {} : { body: {} };
      return api(operation.rest!.method, pathOf(operation.rest!, { [param]: id }), { token: person.token, ...body });
    };
    expect((await call(other.id)).status).toBe(403);
    const asFunction = await parseFn(operation.name, { [param]: other.id }, { sessionToken: person.sessionToken });
    expect(asFunction.body).toMatchObject({ code: 119 });
    expect((await call(person.id)).status).toBeLessThan(300);
  });
});

describe('the matrix itself', () => {
  const { operations } = registry();

  it('has an access that it can judge for every operation', () => {
    for (const operation of operations) for (const actor of ACTORS) expectedAccess(operation, 'REST', actor);
    expect(operations.length).toBeGreaterThan(0);
  });

  it.each(named(operations.filter(({ cloud }) => !cloud)))('%s is no cloud function', async (name) => {
    expect((await parseFn(name, {}, { masterKey: true })).body).toMatchObject({ code: 141 });
  });
});

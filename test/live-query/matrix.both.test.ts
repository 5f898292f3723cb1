import { FEATURES } from '../../cloud/features';
import { uniqueName } from '../factories/ids';
import { parseRest, testServer } from '../harness/app';
import { connectLive, type LiveClient } from '../harness/live-client';
import { ACTORS, createCast, personOf, type ActorName, type Cast } from '../matrix/support/actors';
import { SAMPLES } from '../matrix/support/rows';
import { newOwnClass, OPEN, pointerTo, readableBy, saveRow, setPermissions } from './support/own-class';

/** Every class of ours, and own classes: who may subscribe, and who hears of a row in the tenant of the cast. */
type Verdict = 'refused' | 'silent' | 'hears';

const PLATFORM: readonly ActorName[] = ['admin', 'super_admin', 'master'];
const INSIDE: readonly ActorName[] = ['tenant:member', 'tenant:admin', 'tenant:owner', 'analyst', 'support', 'sales'];
const OUT: readonly ActorName[] = ['anonymous', 'suspended'];
const FOLLOWED = ['Customer', 'Purchase', 'Subscription', 'Event', 'Cost', 'Product'];
const CLASSES = FEATURES.flatMap(({ classes = [] }) => classes.map(({ className }) => className));

const clients = new Map<ActorName, LiveClient>();
let cast: Cast;
beforeAll(async () => {
  cast = await createCast();
  for (const actor of ACTORS) {
    const key = actor === 'master' ? { masterKey: testServer().masterKey } : {};
    const sessionToken = personOf(cast, actor)?.sessionToken;
    clients.set(actor, await connectLive({ ...key, ...(sessionToken ? { sessionToken } : {}) }));
  }
});
afterAll(() => clients.forEach((client) => client.close()));

/** What each actor gets: a row is saved for all, then one for the operator tells that it is over for him. */
async function verdicts(className: string, save?: () => Promise<string>): Promise<Record<string, Verdict>> {
  const asked = new Map<ActorName, number>();
  for (const [actor, client] of clients) {
    const { op, requestId } = await client.ask(className);
    if (op === 'subscribed') asked.set(actor, requestId!);
  }
  const id = asked.size ? await save!() : '';
  const heardBy = async (actor: ActorName, requestId: number): Promise<Verdict> => {
    const client = clients.get(actor)!;
    await passed(client);
    return client.events(requestId).some(({ object }) => object.objectId === id) ? 'hears' : 'silent';
  };
  const found: Record<string, Verdict> = {};
  for (const actor of ACTORS) found[actor] = asked.has(actor) ? await heardBy(actor, asked.get(actor)!) : 'refused';
  return found;
}

/** One client’s events keep their order: when this one has come, all before have. */
let marks: string;
async function passed(client: LiveClient): Promise<void> {
  marks ??= await newOwnClass();
  const { requestId } = await client.follow(marks);
  await client.hears(requestId, 'create', await saveRow(marks, {}));
  client.send({ op: 'unsubscribe', requestId });
}

const expected = (hears: readonly ActorName[], refused: readonly ActorName[]): Record<string, Verdict> =>
  Object.fromEntries(
    ACTORS.map((actor) => [actor, hears.includes(actor) ? 'hears' : refused.includes(actor) ? 'refused' : 'silent']),
  );

test('lists every class of ours', () => {
  expect(CLASSES).toEqual(expect.arrayContaining([...FOLLOWED, 'DataJob', '_User', 'RefreshToken']));
});

test.each(CLASSES.filter((name) => ![...FOLLOWED, 'DataJob'].includes(name)))('%s: nobody', async (className) => {
  expect(await verdicts(className)).toEqual(expected([], ACTORS));
});

test.each(FOLLOWED)('%s: the people of its tenant and platform administrators', async (className) => {
  const tenant = pointerTo('Tenant', cast.tenantId);
  const save = (): Promise<string> => saveRow(className, { ...SAMPLES[className]!.fields(), tenant });
  expect(await verdicts(className, save)).toEqual(expected([...INSIDE, ...PLATFORM], OUT));
});

test('an own class that is open, its row one tenant’s: the tenant’s members alone', async () => {
  const className = await newOwnClass();
  const roles = [`role:t_${cast.tenantId}_member`, `role:t_${cast.tenantId}_admin`];
  const save = (): Promise<string> => saveRow(className, { ACL: readableBy(...roles) });
  // A suspended account is refused on every door; whoever is not signed in may follow what is everybody's.
  expect(await verdicts(className, save)).toEqual(expected([...INSIDE, 'master'], ['suspended']));
});

test('an own class that is tenant-owned: the people of the row’s tenant and platform administrators', async () => {
  const className = uniqueName('Owned');
  const signedIn = { requiresAuthentication: true };
  const classLevelPermissions = { find: signedIn, get: signedIn };
  const fields = { tenant: { type: 'Pointer', targetClass: 'Tenant' } };
  const body = { className, fields, classLevelPermissions };
  expect((await parseRest('POST', `/schemas/${className}`, { masterKey: true, body })).status).toBe(200);
  const tenant = pointerTo('Tenant', cast.tenantId);
  const save = (): Promise<string> => saveRow(className, { tenant });
  expect(await verdicts(className, save)).toEqual(expected([...INSIDE, ...PLATFORM], OUT));
});

test('an own class that is closed: the operator alone', async () => {
  const className = await newOwnClass();
  await setPermissions(className, { ...OPEN, find: {}, get: {} });
  const others = ACTORS.filter((actor) => actor !== 'master');
  expect(await verdicts(className, () => saveRow(className, {}))).toEqual(expected(['master'], others));
});

test('an own class for the signed in: all of them', async () => {
  const signedIn = { requiresAuthentication: true };
  const className = await newOwnClass({ ...OPEN, find: signedIn, get: signedIn });
  const heard = ACTORS.filter((actor) => !OUT.includes(actor));
  expect(await verdicts(className, () => saveRow(className, {}))).toEqual(expected(heard, OUT));
});

test('a change tells the tenant’s people only, whoever made it', async () => {
  const client = clients.get('other tenant')!;
  const { requestId } = await client.follow('Product');
  const body = { ...SAMPLES.Product!.fields() };
  const { sessionToken } = cast.people['tenant:admin'];
  const made = await parseRest('POST', '/classes/Product', { sessionToken, body });
  expect(made.status).toBe(201);
  await passed(client);
  expect(client.events(requestId).map(({ object }) => object.objectId)).not.toContain(made.body.objectId);
});

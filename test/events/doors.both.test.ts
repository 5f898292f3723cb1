import { uniqueEmail, uniqueName } from '../factories/ids';
import { createPerson, createTenant, type Person } from '../factories/people';
import { adminToken, api, parseRest, waitFor } from '../harness/app';

interface Told {
  id: string;
  type: string;
  subject: { class: string; id: string };
  request_id: string | null;
  data: Record<string, unknown>;
}

const AT = { __type: 'Date', iso: '2026-01-02T03:04:05.000Z' };
const purchase = (values: object = {}) => ({ total: 12.5, currency: 'EUR', purchased_at: AT, ...values });

let owner: Person;

async function eventsOf(className: string, id: string): Promise<Told[]> {
  const token = await adminToken();
  const answer = await api('GET', `/api/events?subject_class=${className}&subject_id=${id}`, { token });
  expect(answer.status).toBe(200);
  return answer.body.events as Told[];
}

/** In the order in which they happened. */
async function typesOf(className: string, id: string, count: number): Promise<string[]> {
  const events = await waitFor(async () => {
    const found = await eventsOf(className, id);
    return found.length >= count && found;
  });
  return events.map(({ type }) => type).reverse();
}

beforeAll(async () => {
  owner = await createPerson({ roles: ['tenant:owner', 'analyst'], tenant: await createTenant() });
});

describe('a purchase is an event, whichever door it came through', () => {
  const credentials = () => ({ sessionToken: owner.sessionToken });

  test('REST of Parse, and the request that caused it is named', async () => {
    const requestId = uniqueName('r');
    const saved = await parseRest('POST', '/classes/Purchase', {
      ...credentials(),
      headers: { 'X-Request-Id': requestId },
      body: purchase({ order_id: uniqueName('o'), channel: 'web' }),
    });
    expect(saved.status).toBe(201);
    expect(Object.keys(saved.body)).not.toContain('pending_events');
    expect(await typesOf('Purchase', saved.body.objectId, 1)).toEqual(['purchase']);
    const [event] = await eventsOf('Purchase', saved.body.objectId);
    expect(event).toMatchObject({
      request_id: requestId,
      data: { purchase_id: saved.body.objectId, total: 12.5, currency: 'EUR', status: 'paid', channel: 'web' },
    });
    expect(event!.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
  });

  test('the master key', async () => {
    const tenant = { __type: 'Pointer', className: 'Tenant', objectId: owner.tenantId };
    const saved = await parseRest('POST', '/classes/Purchase', { masterKey: true, body: purchase({ tenant }) });
    expect(saved.status).toBe(201);
    expect(await typesOf('Purchase', saved.body.objectId, 1)).toEqual(['purchase']);
  });

  test('a batch, each row one', async () => {
    const requests = [1, 2, 3].map((total) => ({
      method: 'POST',
      path: '/parse/classes/Purchase',
      body: purchase({ total }),
    }));
    const answer = await parseRest('POST', '/batch', { ...credentials(), body: { requests } });
    expect(answer.status).toBe(200);
    for (const { success } of answer.body as { success: { objectId: string } }[])
      expect(await typesOf('Purchase', success.objectId, 1)).toEqual(['purchase']);
  });

  test('GraphQL', async () => {
    const query = `mutation { createPurchase(input: { fields: { total: 3, currency: "EUR",
      purchased_at: "2026-01-02T03:04:05.000Z" } }) { purchase { objectId } } }`;
    const answer = await api('POST', '/graphql', {
      body: { query },
      headers: { 'X-Parse-Application-Id': 'appbackend', 'X-Parse-Session-Token': owner.sessionToken },
    });
    expect(answer.body.errors).toBeUndefined();
    expect(await typesOf('Purchase', answer.body.data.createPurchase.purchase.objectId, 1)).toEqual(['purchase']);
  });
});

describe('what a row goes through', () => {
  const save = (path: string, body: object, method = 'POST') =>
    parseRest(method, `/classes/${path}`, { sessionToken: owner.sessionToken, body });

  test('a purchase that waits is none; paid, and refunded, it is', async () => {
    const { body } = await save('Purchase', purchase({ status: 'pending' }));
    await save(`Purchase/${body.objectId}`, { channel: 'shop' }, 'PUT');
    await save(`Purchase/${body.objectId}`, { status: 'paid' }, 'PUT');
    await save(`Purchase/${body.objectId}`, { status: 'refunded' }, 'PUT');
    expect(await typesOf('Purchase', body.objectId, 2)).toEqual(['purchase', 'purchase_refunded']);
  });

  test('a subscription starts, changes and ends', async () => {
    const { body } = await save('Subscription', { plan: 'pro', amount: 19, currency: 'EUR', started_at: AT });
    await save(`Subscription/${body.objectId}`, { plan: 'team' }, 'PUT');
    await save(`Subscription/${body.objectId}`, { status: 'cancelled' }, 'PUT');
    expect(await typesOf('Subscription', body.objectId, 3)).toEqual([
      'subscription_started',
      'subscription_changed',
      'subscription_cancelled',
    ]);
  });

  test('a row of Event is `event.` and its type, whatever its characters and its size', async () => {
    const { body } = await save('Event', { event_type: 'cart/öffnen <1>', properties: { note: 'a\u0001\\u0000b' } });
    expect(await typesOf('Event', body.objectId, 1)).toEqual(['event.cart/öffnen _1_']);
    const [event] = await eventsOf('Event', body.objectId);
    expect(event!.data).toMatchObject({ event_type: 'cart/öffnen <1>' });
    const large = await save('Event', { event_type: 'large', properties: { text: 'ü'.repeat(9000) } });
    expect(await typesOf('Event', large.body.objectId, 1)).toEqual(['event.large']);
    expect((await eventsOf('Event', large.body.objectId))[0]!.data['properties']).toBeUndefined();
  });

  test('a refused row is no event', async () => {
    const order = uniqueName('o');
    expect((await save('Purchase', purchase({ order_id: order }))).status).toBe(201);
    expect((await save('Purchase', purchase({ order_id: order }))).status).toBe(400);
    const after = await save('Purchase', purchase({ order_id: `${order}b` }));
    await typesOf('Purchase', after.body.objectId, 1);
    const answer = await api('GET', `/api/events?types=purchase&limit=1000`, { token: owner.token });
    const orders = (answer.body.events as Told[]).map(({ data }) => data['order_id']);
    expect(orders.filter((one) => one === order)).toEqual([order]);
  });

  test('nobody writes or reads the column that carries them', async () => {
    for (const options of [{ sessionToken: owner.sessionToken }, { masterKey: true }]) {
      const answer = await parseRest('POST', '/classes/Purchase', {
        ...options,
        body: purchase({ pending_events: ['{}'] }),
      });
      expect(answer.status).toBe(400);
    }
    const where = encodeURIComponent(JSON.stringify({ pending_events: { $exists: true } }));
    const found = await parseRest('GET', `/classes/Purchase?where=${where}`, { masterKey: true });
    expect(found.body.results ?? []).toEqual([]);
  });
});

describe('accounts', () => {
  test('registered, closed: a sign-up and a deletion, and none for the removal of the closed one', async () => {
    const person = await createPerson();
    const token = await adminToken();
    expect((await api('DELETE', `/api/users/${person.id}`, { token })).status).toBe(204);
    expect(await typesOf('_User', person.id, 2)).toEqual(['user_signup', 'user_deleted']);
    expect((await parseRest('DELETE', `/users/${person.id}`, { masterKey: true })).status).toBe(200);
    const next = await createPerson();
    await typesOf('_User', next.id, 1);
    expect(await typesOf('_User', person.id, 2)).toEqual(['user_signup', 'user_deleted']);
  });

  test('signed up by the SDK and removed: both', async () => {
    const answer = await parseRest('POST', '/users', {
      body: { username: uniqueName('u'), password: 'Right-horse-42', email: uniqueEmail() },
    });
    expect(answer.status).toBe(201);
    expect((await parseRest('DELETE', `/users/${answer.body.objectId}`, { masterKey: true })).status).toBe(200);
    expect(await typesOf('_User', answer.body.objectId, 2)).toEqual(['user_signup', 'user_deleted']);
  });
});

describe('the list', () => {
  test("shows one's own tenant alone, by type, page by page", async () => {
    const tenant = await createTenant();
    const other = await createPerson({ roles: ['tenant:owner'], tenant });
    for (const total of [1, 2, 3])
      await parseRest('POST', '/classes/Purchase', { sessionToken: other.sessionToken, body: purchase({ total }) });
    await waitFor(async () => {
      const { body } = await api('GET', '/api/events?types=purchase', { token: other.token });
      return body.events.length === 3;
    });
    const first = await api('GET', '/api/events?types=purchase&limit=2', { token: other.token });
    const second = await api('GET', '/api/events?types=purchase&limit=2&page=2', { token: other.token });
    const totals = [...first.body.events, ...second.body.events].map(({ data }: Told) => data['total']);
    expect(totals).toHaveLength(3);
    expect(new Set(totals)).toEqual(new Set([1, 2, 3]));
    expect([first.body, second.body].map(({ total, page }) => [total, page])).toEqual([
      [3, 1],
      [3, 2],
    ]);
    const { id } = first.body.events[0] as Told;
    expect((await api('GET', `/api/events/${id}`, { token: owner.token })).status).toBe(404);
    expect((await api('GET', `/api/events/${id}`, { token: other.token })).status).toBe(200);
    expect((await api('GET', `/api/events?tenant=${tenant}`, { token: owner.token })).status).toBe(404);
  });

  test('the catalogue has a schema and an example for each type', async () => {
    const { status, body } = await api('GET', '/api/events/types', { token: owner.token });
    expect(status).toBe(200);
    const names = (body.types as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['user_signup', 'purchase', 'subscription_cancelled', 'event.*']));
  });
});

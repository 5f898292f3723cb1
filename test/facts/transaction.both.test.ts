import { withDatabase } from '../accounts/support';
import { uniqueName } from '../factories/ids';
import { createPerson, createTenant, type Person } from '../factories/people';
import { parseRest, type Answer } from '../harness/app';

const purchase = (order: string, total: unknown) => ({
  method: 'POST',
  path: '/parse/classes/Purchase',
  body: { order_id: order, total, currency: 'USD', purchased_at: { __type: 'Date', iso: '2024-01-01T00:00:00.000Z' } },
});

const sendAll = (person: Person, requests: object[]): Promise<Answer> =>
  parseRest('POST', '/batch', { sessionToken: person.sessionToken, body: { transaction: true, requests } });

async function countOrders(person: Person, order: string): Promise<number> {
  const where = encodeURIComponent(JSON.stringify({ order_id: order }));
  const found = await parseRest('GET', `/classes/Purchase?where=${where}&limit=0&count=1`, {
    sessionToken: person.sessionToken,
  });
  return found.body.count;
}

async function hasTransactions(): Promise<boolean> {
  return withDatabase({
    postgres: () => Promise.resolve(true),
    mongo: async (db) => (await db.admin().command({ isMaster: 1 })).setName !== undefined,
  });
}

describe('a Parse batch with `transaction`', () => {
  let person: Person;
  let isPossible: boolean;
  beforeAll(async () => {
    person = await createPerson({ roles: ['tenant:owner'], tenant: await createTenant() });
    isPossible = await hasTransactions();
  });

  /** A refusal where the database has transactions; one of everything where it has none (a MongoDB by itself). */
  const expectRefusal = (answer: Answer, code: number, message = ''): void => {
    expect(answer.status).toBe(400);
    const none = { code: 108, error: expect.stringContaining('no replica set') };
    expect(answer.body).toMatchObject(isPossible ? { code, error: expect.stringContaining(message) } : none);
  };

  it('stores all of its rows', async () => {
    const order = uniqueName('all-');
    const answer = await sendAll(person, [purchase(order, 1), purchase(`${order}b`, 2)]);
    if (isPossible) {
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject([{ success: { total_minor: 100 } }, { success: { total_minor: 200 } }]);
    } else expectRefusal(answer, 108);
    expect(await countOrders(person, order)).toBe(isPossible ? 1 : 0);
  });

  it('is refused with the reason when one row is, and stores none', async () => {
    const order = uniqueName('none-');
    const answer = await sendAll(person, [purchase(order, 1), purchase(`${order}b`, 'x'), purchase(`${order}c`, 1)]);
    expectRefusal(answer, 142, 'requests[1]');
    expect(await countOrders(person, order)).toBe(0);
  });

  it('is refused with the reason when the database refuses a row', async () => {
    const order = uniqueName('twice-');
    const answer = await sendAll(person, [purchase(order, 1), purchase(order, 2)]);
    expectRefusal(answer, 137);
    expect(await countOrders(person, order)).toBe(0);
  });

  it('leaves connections for others, however many fail at once', async () => {
    const order = uniqueName('many-');
    const batches = Array.from({ length: 30 }, (_batch, index) =>
      sendAll(person, [purchase(`${order}-${index}`, 1), purchase(`${order}-${index}b`, index % 2 ? 1 : 'x')]),
    );
    const statuses = (await Promise.all(batches)).map(({ status }) => status);
    expect(statuses).toEqual(statuses.map((_status, index) => (index % 2 && isPossible ? 200 : 400)));
  });
});

import { randomUUID } from 'node:crypto';
import { refresh, refreshRows, sessionCount, withDatabase } from '../accounts/support';
import { createPerson, createTenant, logIn, PASSWORD, type Person } from '../factories/people';
import { api, parseFn, parseRest, waitFor } from '../harness/app';
import { rounds } from '../harness/depth';
import { sendFile, waitForJob } from '../imports/support/imports';

/** Everything at once, some rounds: whoever comes later, nothing of the person stays. */
const ROUNDS = rounds(4);

async function inRounds(round: () => Promise<void>): Promise<void> {
  for (let count = 0; count < ROUNDS; count += 1) await round();
}

test('a user erased while he logs in, refreshes, writes and uploads keeps nothing', () =>
  inRounds(async () => {
    const person = await createPerson();
    // A refresh ends the session that it came with.
    const elsewhere = await logIn(person.email);
    const session = { sessionToken: person.sessionToken };
    const login = { username: person.email, password: PASSWORD };
    const writes = [1, 2, 3].flatMap((number) => [
      parseRest('POST', '/login', { body: login }),
      api('POST', '/api/auth/login', { body: { email: person.email, password: PASSWORD } }),
      parseRest('POST', '/sessions', { ...session, body: {} }),
      parseRest('POST', '/classes/Event', { ...session, body: { event_type: 'x', event_id: `e${number}` } }),
      parseRest('POST', `/files/a${number}.txt`, {
        ...session,
        body: 'mine',
        headers: { 'Content-Type': 'text/plain' },
      }),
    ]);
    const [left] = await Promise.all([
      parseRest('DELETE', `/users/${person.id}`, session),
      refresh(elsewhere.refreshToken),
      ...writes,
    ]);
    expect(left.status).toBe(200);
    await waitFor(async () => (await leftOf(person.id)).erased === 1);
    expect([await sessionCount(person.id), (await refreshRows(person.id)).length]).toEqual([0, 0]);
    expect(await leftOf(person.id)).toEqual({ erased: 1, events: 0, files: 0, seen: 0, answers: 0 });
  }));

describe('a customer erased while purchases arrive', () => {
  let writer: Person;
  beforeAll(async () => {
    writer = await createPerson({ roles: ['tenant:admin'], tenant: await createTenant() });
  });
  const session = () => ({ sessionToken: writer.sessionToken });
  const purchase = (customer: string): object => ({
    ...{ total: 5, currency: 'USD', customer: { __type: 'Pointer', className: 'Customer', objectId: customer } },
    purchased_at: { __type: 'Date', iso: '2024-03-01T00:00:00.000Z' },
  });
  async function newCustomer(): Promise<{ id: string; externalId: string }> {
    const externalId = `c-${randomUUID()}`;
    const made = await parseRest('POST', '/classes/Customer', { ...session(), body: { external_id: externalId } });
    return { id: made.body.objectId, externalId };
  }

  it('by the SDK, a batch and changes is named by none', () =>
    inRounds(async () => {
      const { id } = await newCustomer();
      const other = await parseRest('POST', '/classes/Purchase', {
        ...session(),
        body: { ...purchase(id), customer: undefined },
      });
      const requests = [1, 2, 3].map(() => ({ method: 'POST', path: '/parse/classes/Purchase', body: purchase(id) }));
      const saved = [1, 2, 3, 4].map(() =>
        parseRest('POST', '/classes/Purchase', { ...session(), body: purchase(id) }),
      );
      const [erased] = await Promise.all([
        parseFn('eraseCustomer', { customer_id: id }, session()),
        parseRest('POST', '/batch', { ...session(), body: { requests } }),
        parseRest('PUT', `/classes/Purchase/${other.body.objectId}`, {
          ...session(),
          body: { customer: (purchase(id) as any).customer },
        }),
        parseRest('PUT', `/classes/Customer/${id}`, { ...session(), body: { name: 'Ada' } }),
        ...saved,
      ]);
      expect(erased.status).toBe(200);
      expect(await namedBy(id)).toEqual({ purchases: 0, name: false });
    }));

  it('by an import is named by none', () =>
    inRounds(async () => {
      const { id, externalId } = await newCustomer();
      const rows = Array.from(
        { length: 300 },
        (_row, number) => `o${randomUUID()},${externalId},2024-03-0${(number % 9) + 1},5`,
      );
      const csv = ['order_id,customer_id,purchased_at,amount', ...rows].join('\n');
      const options = { data_type: 'purchases', defaults: { currency: 'USD' } };
      const [sent, , erased] = await Promise.all([
        sendFile(writer.token, options, csv),
        parseRest('POST', '/classes/Purchase', { ...session(), body: purchase(id) }),
        parseFn('eraseCustomer', { customer_id: id }, session()),
      ]);
      expect([sent.status, erased.status]).toEqual([202, 200]);
      expect((await waitForJob(writer.token, sent.body.job_id)).status).toBe('completed');
      expect(await namedBy(id)).toEqual({ purchases: 0, name: false });
    }));

  it('and by who died before he looked again, when the next purge has run', async () => {
    const { id } = await newCustomer();
    const left = await parseRest('POST', '/classes/Purchase', {
      ...session(),
      body: { ...purchase(id), customer: undefined },
    });
    expect((await parseFn('eraseCustomer', { customer_id: id }, session())).status).toBe(200);
    await withDatabase<unknown>({
      postgres: (db) => db.query('update "Purchase" set customer = $2 where "objectId" = $1', [left.body.objectId, id]),
      mongo: (db) =>
        db
          .collection<{ _id: string }>('Purchase')
          .updateOne({ _id: left.body.objectId }, { $set: { _p_customer: `Customer$${id}` } }),
    });
    expect((await namedBy(id)).purchases).toBe(1);
    expect((await parseRest('POST', '/jobs/purgeAccounts', { masterKey: true, body: {} })).status).toBe(200);
    expect(await waitFor(async () => (await namedBy(id)).purchases === 0)).toBe(true);
  });
});

async function namedBy(customerId: string): Promise<{ purchases: number; name: boolean }> {
  const customer = { __type: 'Pointer', className: 'Customer', objectId: customerId };
  const where = encodeURIComponent(JSON.stringify({ customer }));
  const found = await parseRest('GET', `/classes/Purchase?where=${where}&count=1&limit=0`, { masterKey: true });
  const row = (await parseRest('GET', `/classes/Customer/${customerId}`, { masterKey: true })).body;
  return { purchases: found.body.count, name: row.name !== undefined || row.external_id !== undefined };
}

const leftOf = (userId: string): Promise<Record<string, number>> =>
  withDatabase<Record<string, number>>({
    postgres: async (db) => {
      const count = async (from: string): Promise<number> =>
        Number((await db.query(`select count(*) as n from ${from}`, [userId])).rows[0].n);
      return {
        erased: await count('app.erasure where user_id = $1 and erased_at is not null'),
        events: await count('"Event" where "user" = $1 or $1 = any(_rperm)'),
        files: await count('app.stored_file where owner = $1'),
        seen: await count('app.user_seen where user_id = $1'),
        answers: await count('app.idempotency where owner = $1'),
      };
    },
    mongo: async (db) => {
      const count = (name: string, filter: object): Promise<number> => db.collection(name).countDocuments(filter);
      return {
        erased: await count('app_erasure', { _id: userId, erased_at: { $ne: null } }),
        events: await count('Event', { $or: [{ _p_user: `_User$${userId}` }, { _rperm: userId }] }),
        files: await count('app_stored_file', { owner: userId }),
        seen: await count('app_user_seen', { user_id: userId }),
        answers: await count('app_idempotency', { owner: userId }),
      };
    },
  });

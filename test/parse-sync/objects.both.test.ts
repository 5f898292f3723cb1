import { uniqueName } from '../factories/ids';
import { createPerson } from '../factories/people';
import { api, parseFn, parseRest } from '../harness/app';
import { integrations, older, refusal, sync } from './support/calls';

const id = (): string =>
  uniqueName('s')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(-20);
const DAY = (n: number): string => `2026-01-${String(n).padStart(2, '0')}T10:00:00.000Z`;
const stored = async (objectId: string, className = 'Customer'): Promise<any> =>
  (await parseRest('GET', `/classes/${className}/${objectId}`, { masterKey: true })).body;
/** A source's customer, as the contract prints its body. */
const customer = (objectId: string, day: number, fields: object = {}) => ({
  objectId,
  email: `${objectId}@example.com`,
  name: 'Ada',
  updatedAt: DAY(day),
  ...fields,
});

describe('an object', () => {
  it('is made with the id of its source, changed, read and removed', async () => {
    const objectId = id();
    const made = await sync('upsert', customer(objectId, 1));
    expect(made).toMatchObject({ status: 201 });
    expect(made.body).toEqual({
      success: true,
      operation: 'upsert',
      collection: 'Customer',
      objectId,
      created: true,
      applied: true,
      updatedAt: DAY(1),
    });
    const changed = await sync('upsert', customer(objectId, 2, { name: 'Grace' }));
    expect(changed).toMatchObject({ status: 200, body: { created: false, applied: true, updatedAt: DAY(2) } });
    expect(await sync('update', { objectId, phone: '+1 555 0100', updatedAt: DAY(3) })).toMatchObject({ status: 200 });
    const read = await sync('read', { objectId });
    expect(read).toMatchObject({
      status: 200,
      body: { operation: 'read', created: false, data: { objectId, name: 'Grace', phone: '+1 555 0100' } },
    });
    const removed = await sync('delete', { objectId, updatedAt: DAY(4) });
    expect(removed).toMatchObject({ status: 200, body: { success: true, operation: 'delete', objectId } });
    expect(await sync('read', { objectId })).toMatchObject(refusal('NOT_FOUND', 404));
  });

  it('is named by the data type of its class as well, and by every form of A28', async () => {
    const objectId = id();
    const body = { action: 'data_sync', operation: 'upsert', collection: 'customers', data: customer(objectId, 1) };
    expect(await integrations('', body)).toMatchObject({
      status: 201,
      body: { collection: 'customers', created: true },
    });
    const read = { action: 'data_sync', operation: 'read', collection: 'Customer', data: { objectId } };
    expect(await integrations('', read)).toMatchObject({ status: 200, body: { data: { name: 'Ada' } } });
    expect((await integrations('', { ...read, user_data: {} })).status).toBe(400);
  });

  it('gets an id where `create` has none, and cannot be made twice', async () => {
    const made = await sync('create', { name: 'Ada', updatedAt: DAY(1) });
    expect(made).toMatchObject({ status: 201, body: { created: true } });
    const { objectId } = made.body;
    expect(await stored(objectId)).toMatchObject({ name: 'Ada' });
    expect(await sync('create', { objectId, name: 'Ada', updatedAt: DAY(2) })).toMatchObject(refusal('CONFLICT', 409));
    expect(await sync('upsert', { objectId, name: 'Old', updatedAt: DAY(0 + 1) })).toMatchObject({
      status: 200,
      body: { applied: false },
    });
  });

  it('must be there to be changed or removed', async () => {
    for (const operation of ['update', 'delete', 'read'])
      expect(await sync(operation, { objectId: id(), updatedAt: DAY(1) })).toMatchObject(refusal('NOT_FOUND', 404));
  });
});

describe('the newest state', () => {
  it('wins, the older one is told what is there, the same one changes nothing', async () => {
    const objectId = id();
    await sync('upsert', customer(objectId, 5, { name: 'Five' }));
    const before = await stored(objectId);
    expect(await sync('upsert', customer(objectId, 4, { name: 'Four' }))).toMatchObject(
      older({ stored_updatedAt: DAY(5), updatedAt: DAY(4), objectId }),
    );
    expect(await sync('update', customer(objectId, 4))).toMatchObject(older());
    expect(await sync('delete', { objectId, updatedAt: DAY(4) })).toMatchObject(older());
    expect(await sync('upsert', customer(objectId, 5, { name: 'Five again' }))).toMatchObject({
      status: 200,
      body: { success: true, created: false, applied: false, updatedAt: DAY(5) },
    });
    expect(await stored(objectId)).toEqual(before);
  });

  it('is that of a change made here, too', async () => {
    const objectId = id();
    await sync('upsert', customer(objectId, 5));
    await parseRest('PUT', `/classes/Customer/${objectId}`, { masterKey: true, body: { name: 'Changed here' } });
    expect(await sync('upsert', customer(objectId, 6))).toMatchObject(older());
    const now = { __type: 'Date', iso: new Date(Date.now() + 60_000).toISOString() };
    expect(await sync('upsert', { objectId, name: 'Later', updatedAt: now })).toMatchObject({ status: 200 });
    expect(await stored(objectId)).toMatchObject({ name: 'Later' });
  });

  it('does not come back older than it was removed', async () => {
    const objectId = id();
    await sync('upsert', customer(objectId, 5));
    expect((await sync('delete', { objectId, updatedAt: DAY(8) })).status).toBe(200);
    expect(await sync('delete', { objectId, updatedAt: DAY(8) })).toMatchObject({
      status: 200,
      body: { applied: false },
    });
    expect(await sync('upsert', customer(objectId, 7))).toMatchObject(older({ deleted: true }));
    expect(await sync('upsert', customer(objectId, 8))).toMatchObject(older({ deleted: true }));
    expect(await sync('upsert', customer(objectId, 9))).toMatchObject({ status: 201 });
  });

  it('counts as made now where the source says no time', async () => {
    const objectId = id();
    await sync('upsert', customer(objectId, 5));
    expect(await sync('update', { objectId, name: 'Now' })).toMatchObject({ status: 200, body: { applied: true } });
    expect(await sync('upsert', customer(objectId, 6))).toMatchObject(older());
  });

  it('wins of a hundred that come at once, in whatever order', async () => {
    const objectId = id();
    const times = Array.from({ length: 100 }, (_, n) => new Date(Date.parse(DAY(1)) + n * 1000).toISOString());
    const shuffled = [...times].sort(() => Math.random() - 0.5);
    const answers = await Promise.all(
      shuffled.map((updatedAt) => sync('upsert', { objectId, name: updatedAt, updatedAt })),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].filter((status) => ![200, 201, 409].includes(status))).toEqual([]);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(await stored(objectId)).toMatchObject({ name: times.at(-1) });
    // Every one of them is older now, but the last.
    expect(await sync('upsert', { objectId, name: 'x', updatedAt: times.at(-2) })).toMatchObject(older());
    expect(await sync('upsert', { objectId, name: 'x', updatedAt: times.at(-1) })).toMatchObject({
      body: { applied: false },
    });
  }, 120_000);

  it('loses nothing of changes to other fields that come at once', async () => {
    const objectId = id();
    await sync('upsert', customer(objectId, 1));
    const fields = Array.from({ length: 20 }, (_, n) => ({ objectId, tags: { __op: 'Add', objects: [`t${n}`] } }));
    const answers = await Promise.all(fields.map((data) => sync('update', data)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await stored(objectId)).tags).toHaveLength(20);
  }, 120_000);
});

describe('what is written', () => {
  it('is checked as every save', async () => {
    expect(await sync('upsert', { objectId: id(), no_such_field: 1 })).toMatchObject(refusal('VALIDATION_ERROR', 400));
    const objectId = id();
    expect(await sync('upsert', { objectId, total: -1, updatedAt: DAY(1) }, 'Purchase')).toMatchObject(
      refusal('VALIDATION_ERROR', 400),
    );
    // A refused one has left no trace.
    expect(await sync('update', { objectId, updatedAt: DAY(1) }, 'Purchase')).toMatchObject(refusal('NOT_FOUND', 404));
  });

  it('has the types of Parse', async () => {
    const [buyer, order] = [id(), id()];
    await sync('upsert', customer(buyer, 1));
    const data = {
      objectId: order,
      order_id: order,
      total: 12.5,
      currency: 'EUR',
      status: 'paid',
      purchased_at: { __type: 'Date', iso: DAY(2) },
      customer: { __type: 'Pointer', className: 'Customer', objectId: buyer },
      updatedAt: { __type: 'Date', iso: DAY(2) },
    };
    expect(await sync('upsert', data, 'Purchase')).toMatchObject({ status: 201, body: { updatedAt: DAY(2) } });
    expect(await stored(order, 'Purchase')).toMatchObject({
      total: 12.5,
      purchased_at: { __type: 'Date', iso: DAY(2) },
      customer: { objectId: buyer },
    });
  });

  it('belongs to the tenant of who sends it', async () => {
    const objectId = id();
    const admin = await createPerson({ roles: ['admin'] });
    expect((await sync('upsert', customer(objectId, 1), 'Customer', admin.token)).status).toBe(201);
    expect((await stored(objectId)).tenant.objectId).toBe(admin.tenantId);
  });

  it('may be of a class of the app, with its permissions', async () => {
    const className = uniqueName('Own').replace(/\W/g, '');
    const nobody = { find: {}, get: {}, create: {}, update: {}, delete: {} };
    const open = { '*': true };
    const all = { find: open, get: open, create: open, update: open, delete: open };
    const fields = { title: { type: 'String' }, file: { type: 'File' } };
    await parseRest('POST', `/schemas/${className}`, {
      masterKey: true,
      body: { className, fields, classLevelPermissions: all },
    });
    const file = { __type: 'File', name: 'a.txt' };
    const data = { objectId: id(), title: 'One', file, updatedAt: DAY(1) };
    expect(await sync('upsert', data, className)).toMatchObject({ status: 201 });
    expect(await stored(data.objectId, className)).toMatchObject({ title: 'One', file: { name: 'a.txt' } });
    await parseRest('PUT', `/schemas/${className}`, {
      masterKey: true,
      body: { className, classLevelPermissions: nobody },
    });
    expect(await sync('upsert', { ...data, updatedAt: DAY(2) }, className)).toMatchObject(refusal('FORBIDDEN', 403));
  });
});

describe('who and what is refused', () => {
  it.each([
    '_User',
    'User',
    '_Role',
    '_Session',
    'Tenant',
    'TenantMember',
    'WebhookEndpoint',
    'DataJob',
    'AuditLog',
    'RefreshToken',
  ])('the class %s', async (collection) => {
    for (const operation of ['upsert', 'read', 'delete'])
      expect(await sync(operation, { objectId: id(), updatedAt: DAY(1) }, collection)).toMatchObject(
        refusal('FORBIDDEN', 403),
      );
  });

  it.each([
    [{ operation: 'merge' }, 'operation'],
    [{ collection: '' }, 'collection'],
    [{ collection: 'a b' }, 'collection'],
    [{ data: { name: 'x' } }, 'data.objectId'],
    [{ data: { objectId: '../x' } }, 'data.objectId'],
    [{ data: { objectId: 'x', updatedAt: 'yesterday' } }, 'data.updatedAt'],
    [{ data: { objectId: 'x', updatedAt: '2026-01-01T00:00:00' } }, 'data.updatedAt'],
    [{ data: [] }, 'data'],
    [{ extra: 1 }, 'extra'],
  ])('%j', async (fields, path) => {
    const answer = await integrations('/sync', {
      collection: 'Customer',
      operation: 'upsert',
      data: { objectId: 'x' },
      ...fields,
    });
    expect(answer).toMatchObject(refusal('VALIDATION_ERROR', 400));
    expect(answer.body.error.details.issues[0].path).toBe(path);
  });

  it('everybody but administrators', async () => {
    const person = await createPerson({ roles: ['tenant:admin', 'analyst'] });
    const body = { collection: 'Customer', operation: 'read', data: { objectId: 'x' } };
    expect(await integrations('/sync', body, person.token)).toMatchObject(refusal('FORBIDDEN', 403));
    expect(await api('POST', '/api/integrations/parse/sync', { body })).toMatchObject(refusal('UNAUTHORIZED', 401));
    const asFunction = await parseFn('syncParseData', body, { sessionToken: person.sessionToken });
    expect(asFunction.body).toMatchObject({ code: 119 });
  });
});

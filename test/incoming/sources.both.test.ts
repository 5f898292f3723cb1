import { eventRows } from '../../core/events/event.store';
import { Table } from '../../core/database/kit/table';
import { openServerDatabase } from '../analytics/support/store';
import { uniqueName } from '../factories/ids';
import { createPerson } from '../factories/people';
import { adminToken, api, parseFn, parseRest, type Answer } from '../harness/app';
import { bodyFor, newReceiver, send, SIGN, type Receiver, type SchemeName } from './support/senders';

const NAMES = Object.keys(SIGN) as SchemeName[];
const GIVEN = 'a-secret-that-the-sender-made';

let close: () => Promise<void>;
let receiver: Receiver;
let stranger: Receiver;

beforeAll(async () => {
  close = openServerDatabase();
  receiver = await newReceiver();
  stranger = await newReceiver();
});
afterAll(() => close());

const refusal = (status: number, code: string) => ({ status, body: { error: { code } } });
const NOT_FOUND = refusal(404, 'NOT_FOUND');
const made = (fields: object = {}, by: Receiver = receiver): Promise<Answer> =>
  by.call('POST', '/webhook-sources', { name: uniqueName('s'), ...fields });
/** A webhook of the source's own scheme; its status. */
async function delivered(source: { id: string }, secret: string, scheme: SchemeName = 'own'): Promise<number> {
  const body = bodyFor(scheme);
  return (await send(source.id, body, SIGN[scheme](body, secret))).status;
}

interface SealedRow {
  id: string;
  sealed: string;
  sealed_before: string | null;
}
const sealedRows = new Table<SealedRow>({
  table: 'incoming_source',
  key: ['id'],
  columns: { id: 'plain', sealed: 'plain', sealed_before: 'plain' },
});

describe('a source', () => {
  it.each(NAMES)('is made, read, listed, tested, switched and removed (%s)', async (scheme) => {
    const owner = await newReceiver(['tenant:owner']);
    const answer = await made({ name: 'erp', scheme }, owner);
    expect(answer.status).toBe(201);
    const { secret, ...source } = answer.body;
    expect(secret).toMatch(scheme === 'standard-webhooks' ? /^whsec_[A-Za-z0-9+/]{43}=$/ : /^[0-9a-f]{64}$/);
    expect(source).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      tenant: owner.tenantId,
      name: 'erp',
      scheme,
      url: expect.stringMatching(new RegExp(`/api/integrations/webhook/${source.id}$`)),
      enabled: true,
      previous_secret_until: null,
      created_at: expect.any(String),
      updated_at: source.created_at,
    });
    const route = `/webhook-sources/${source.id}`;
    expect(await owner.call('GET', route)).toMatchObject({ status: 200, body: source });
    const listed = { sources: [source], total: 1, page: 1, limit: 20, offset: 0 };
    expect((await owner.call('GET', '/webhook-sources')).body).toEqual(listed);
    expect(await delivered(source, secret, scheme)).toBe(202);

    const test = await owner.call('POST', `${route}/test`);
    expect(test).toMatchObject({ status: 202, body: { received: true, event_id: expect.any(String) } });
    const webhook = await owner.processed(test.body.event_id);
    expect(webhook.events).toMatchObject([{ type: 'webhook.erp.test' }]);

    const off = await owner.call('PUT', route, { enabled: false });
    expect(off).toMatchObject({ status: 200, body: { enabled: false, name: 'erp' } });
    expect(await delivered(source, secret, scheme)).toBe(404);
    expect(await owner.call('POST', `${route}/test`)).toMatchObject(NOT_FOUND);
    await owner.call('PUT', route, { enabled: true });
    expect(await delivered(source, secret, scheme)).toBe(202);

    expect((await owner.call('DELETE', route)).status).toBe(204);
    expect(await delivered(source, secret, scheme)).toBe(404);
    for (const call of [
      owner.call('GET', route),
      owner.call('DELETE', route),
      owner.call('PUT', route, { enabled: true }),
    ])
      expect(await call).toMatchObject(NOT_FOUND);
    // What it has sent stays.
    expect((await owner.call('GET', '/webhooks?source=erp')).body.total).toBe(3);
  });

  it('may be made switched off', async () => {
    const { body } = await made({ enabled: false });
    expect(body.enabled).toBe(false);
    expect(await delivered(body, body.secret)).toBe(404);
  });

  it('keeps its secret to itself: given or made, it is shown at most once and lies sealed', async () => {
    const { body: source } = await made();
    const { body: given } = await made({ scheme: 'shopify', secret: GIVEN });
    expect(given.secret).toBeNull();
    expect(await delivered(given, GIVEN, 'shopify')).toBe(202);
    const rotated = (await receiver.call('POST', `/webhook-sources/${source.id}/rotate-secret`, {})).body;
    expect(rotated.secret).not.toBe(source.secret);
    await receiver.call('POST', `/webhook-sources/${given.id}/test`);
    const shown = JSON.stringify([
      (await receiver.call('GET', `/webhook-sources/${source.id}`)).body,
      (await receiver.call('GET', '/webhook-sources?limit=100')).body,
      (await receiver.call('GET', '/webhooks?limit=100')).body,
      (await receiver.call('PUT', `/webhook-sources/${given.id}`, { enabled: true })).body,
      (await parseRest('GET', `/classes/AuditLog?limit=1000&order=-createdAt`, { masterKey: true })).body,
      await sealedRows.list({ id: source.id }),
      await sealedRows.list({ id: given.id }),
      (await eventRows.list({ tenant: receiver.tenantId })).map(({ payload }) => payload),
    ]);
    for (const secret of [source.secret, rotated.secret, GIVEN]) expect(shown).not.toContain(secret);
    const [row] = await sealedRows.list({ id: source.id });
    expect([row!.sealed, row!.sealed_before]).toEqual([expect.stringMatching(/^s1\./), expect.stringMatching(/^s1\./)]);
    expect(row!.sealed).not.toBe(row!.sealed_before);
  });

  it.each([
    [{ name: 'Shop' }, 'name'],
    [{ name: '' }, 'name'],
    [{ name: '1a' }, 'name'],
    [{ name: 'a.b' }, 'name'],
    [{ name: 'x'.repeat(41) }, 'name'],
    [{ name: 7 }, 'name'],
    [{ scheme: 'twilio' }, 'scheme'],
    [{ scheme: 'constructor' }, 'scheme'],
    [{ secret: 'short' }, 'secret'],
    [{ secret: 'with a blank in it' }, 'secret'],
    [{ secret: 'x'.repeat(513) }, 'secret'],
    [{ secret: 'no base64 at all!'.replaceAll(' ', '-'), scheme: 'standard-webhooks' }, 'secret'],
    [{ enabled: 'yes' }, 'enabled'],
    [{ id: 'f'.repeat(32) }, 'id'],
  ])('is refused with %j', async (fields, path) => {
    const answer = await made(fields);
    expect(answer).toMatchObject(refusal(400, 'VALIDATION_ERROR'));
    expect(answer.body.error.details.issues[0].path).toBe(path);
  });

  it('has a name of its own in its tenant, also when many ask at once', async () => {
    const owner = await newReceiver();
    const answers = await Promise.all(Array.from({ length: 8 }, () => made({ name: 'same' }, owner)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(409)]);
    expect((await made({ name: 'same' }, stranger)).status).toBe(201);
  });

  it('is one of fifty at most, also when many are made at once', async () => {
    const owner = await newReceiver();
    const answers = await Promise.all(Array.from({ length: 56 }, () => made({}, owner)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(50).fill(201), ...Array<number>(6).fill(409)]);
    const { body } = await owner.call('GET', '/webhook-sources?limit=30&page=2');
    expect([body.sources.length, body.total, body.page, body.offset]).toEqual([20, 50, 2, 30]);
  });

  it('does not exist for other tenants, and its webhooks neither', async () => {
    const { body: source } = await made();
    const body = bodyFor('own');
    const { body: webhook } = await send(source.id, body, SIGN.own(body, source.secret));
    await receiver.processed(webhook.event_id);
    const calls: [string, string, unknown?][] = [
      ['GET', `/webhook-sources/${source.id}`],
      ['PUT', `/webhook-sources/${source.id}`, { enabled: false }],
      ['DELETE', `/webhook-sources/${source.id}`],
      ['POST', `/webhook-sources/${source.id}/rotate-secret`, {}],
      ['POST', `/webhook-sources/${source.id}/test`],
      ['GET', `/webhooks/${webhook.event_id}`],
      ['POST', `/webhooks/${webhook.event_id}/process`],
      ['GET', `/webhooks?tenant=${receiver.tenantId}`],
      ['GET', `/webhook-sources?tenant=${receiver.tenantId}`],
      ['POST', '/webhook-sources', { name: 'mine', tenant: receiver.tenantId }],
    ];
    for (const [method, route, given] of calls)
      expect([method, route, await stranger.call(method, route, given)]).toMatchObject([method, route, NOT_FOUND]);
    expect((await stranger.call('GET', '/webhooks')).body.total).toBe(0);
    expect(await receiver.call('GET', `/webhook-sources/${source.id}`)).toMatchObject({ body: { enabled: true } });
  });

  it('is for the administrators of a tenant; platform administrators name the tenant', async () => {
    const { body: source } = await made();
    const member = await newReceiver(['tenant:member'], receiver.tenantId);
    for (const [method, route, given] of [
      ['GET', '/webhook-sources'],
      ['POST', '/webhook-sources', { name: 'theirs' }],
      ['GET', `/webhook-sources/${source.id}`],
      ['POST', `/webhook-sources/${source.id}/rotate-secret`, {}],
      ['GET', '/webhooks'],
    ] as const)
      expect([route, await member.call(method, route, given)]).toMatchObject([route, refusal(403, 'FORBIDDEN')]);
    expect((await api('GET', '/api/integrations/webhook-sources')).status).toBe(401);
    const token = await adminToken();
    const body = { name: uniqueName('s'), tenant: receiver.tenantId };
    const byAdmin = await api('POST', '/api/integrations/webhook-sources', { token, body });
    expect(byAdmin).toMatchObject({ status: 201, body: { tenant: receiver.tenantId } });
    expect((await receiver.call('GET', `/webhook-sources/${byAdmin.body.id}`)).status).toBe(200);
  });

  it('ends with its tenant’s suspension, and comes back with it', async () => {
    const owner = await newReceiver();
    const { body: source } = await made({}, owner);
    expect(await delivered(source, source.secret)).toBe(202);
    const suspend = (status: string) =>
      parseRest('PUT', `/classes/Tenant/${owner.tenantId}`, { masterKey: true, body: { status } });
    expect((await suspend('suspended')).status).toBe(200);
    expect(await delivered(source, source.secret)).toBe(404);
    await suspend('active');
    expect(await delivered(source, source.secret)).toBe(202);
  });

  it('answers cloud functions as REST', async () => {
    const by = { sessionToken: receiver.sessionToken };
    const { body: source } = await made();
    const asFunction = await parseFn('getWebhookSource', { source_id: source.id }, by);
    expect(asFunction.body.result).toEqual((await receiver.call('GET', `/webhook-sources/${source.id}`)).body);
    const other = await createPerson({ roles: ['tenant:admin'], tenant: stranger.tenantId });
    const foreign = await parseFn(
      'deleteWebhookSource',
      { source_id: source.id },
      { sessionToken: other.sessionToken },
    );
    expect(foreign.body.error).toContain('NOT_FOUND');
  });
});

describe('a rotation', () => {
  const rotate = (id: string, fields: object = {}): Promise<Answer> =>
    receiver.call('POST', `/webhook-sources/${id}/rotate-secret`, fields);

  it('loses none that come in meanwhile, whichever of the two secrets signs them', async () => {
    const { body: source } = await made({ scheme: 'standard-webhooks' });
    const statuses: number[] = [];
    let secret = source.secret as string;
    let isOver = false;
    const sending = Array.from({ length: 4 }, async () => {
      while (!isOver) statuses.push(await delivered(source, secret, 'standard-webhooks'));
    });
    // The sender hears of the new secret a while after it is good.
    for (let round = 0; round < 4; round += 1) {
      const heard = statuses.length;
      const answer = await rotate(source.id);
      expect(answer.status).toBe(200);
      while (statuses.length < heard + 12) await new Promise((resolve) => setTimeout(resolve, 10));
      secret = answer.body.secret;
    }
    isOver = true;
    await Promise.all(sending);
    expect(statuses.filter((status) => status !== 202)).toEqual([]);
    const { body } = await receiver.call('GET', `/webhooks?source=${source.name}&limit=1`);
    expect(body.total).toBe(statuses.length);
  });

  it('keeps the secret before for a day, or ends it at once', async () => {
    const { body: source } = await made();
    const { body: first } = await rotate(source.id);
    const left = Date.parse(first.previous_secret_until) - Date.now();
    expect(left).toBeGreaterThan(23.9 * 3_600_000);
    expect(left).toBeLessThanOrEqual(24 * 3_600_000);
    expect([await delivered(source, source.secret), await delivered(source, first.secret)]).toEqual([202, 202]);
    const { body: second } = await rotate(source.id, { revoke_previous: true });
    expect(second.previous_secret_until).toBeNull();
    const secrets = [source.secret, first.secret, second.secret] as string[];
    const statuses = [];
    for (const secret of secrets) statuses.push(await delivered(source, secret));
    expect(statuses).toEqual([401, 401, 202]);
    const { body: third } = await rotate(source.id, { secret: GIVEN });
    expect(third.secret).toBeNull();
    expect([await delivered(source, GIVEN), await delivered(source, second.secret)]).toEqual([202, 202]);
  });

  it('ends with its day', async () => {
    const { body: source } = await made();
    const { body: rotated } = await rotate(source.id);
    const aged = new Table<{ id: string; before_until: Date }>({
      table: 'incoming_source',
      key: ['id'],
      columns: { id: 'plain', before_until: 'plain' },
    });
    await aged.update({ id: source.id }, { before_until: new Date(Date.now() - 1) });
    expect([await delivered(source, source.secret), await delivered(source, rotated.secret)]).toEqual([401, 202]);
    expect((await receiver.call('GET', `/webhook-sources/${source.id}`)).body.previous_secret_until).toBeNull();
  });

  it('is one of those that are asked for at once; the rest are told', async () => {
    const { body: source } = await made();
    const answers = await Promise.all(Array.from({ length: 6 }, () => rotate(source.id)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won.length).toBeGreaterThan(0);
    for (const answer of answers.filter(({ status }) => status !== 200))
      expect(answer).toMatchObject(refusal(409, 'CONFLICT'));
    const { body: last } = await rotate(source.id);
    expect(await delivered(source, last.secret)).toBe(202);
  });
});

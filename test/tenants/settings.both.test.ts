import { uniqueName } from '../factories/ids';
import { parseRest } from '../harness/app';

const master = { masterKey: true } as const;

const create = (settings: object) =>
  parseRest('POST', '/classes/Tenant', { ...master, body: { name: 'Settings', slug: uniqueName('t'), settings } });

function expectRefusal(answer: { status: number; body: any }, path: string): void {
  expect([answer.status, answer.body.code]).toEqual([400, 142]);
  expect(JSON.parse(answer.body.error)).toMatchObject({
    code: 'VALIDATION_ERROR',
    details: { issues: [{ path, code: 'not_allowed' }] },
  });
}

// The same list as for facts and imports: what a tenant counts in, its figures can be told in.
describe('the currency of a tenant', () => {
  it.each(['CLF', 'VED', 'LTL', 'UYW', 'JPY', 'KWD', 'HRK'])('may be %s', async (currency) => {
    const { status, body } = await create({ currency });
    expect(status).toBe(201);
    const stored = await parseRest('GET', `/classes/Tenant/${body.objectId}`, master);
    expect(stored.body.settings).toEqual({ time_zone: 'UTC', currency });
  });

  it.each(['XDR', 'XSU', 'XUA', 'XAU', 'XTS', 'XXX', 'XXY', 'DEM', '', 7, null])('cannot be %j', async (currency) => {
    expectRefusal(await create({ currency }), 'settings.currency');
  });

  it('is refused in a change as well, also of the one key, and the old one stays', async () => {
    const { body } = await create({ currency: 'EUR' });
    const route = `/classes/Tenant/${body.objectId}`;
    for (const change of [{ settings: { currency: 'XDR' } }, { 'settings.currency': 'XDR' }])
      expectRefusal(await parseRest('PUT', route, { ...master, body: change }), 'settings.currency');
    expect((await parseRest('GET', route, master)).body.settings.currency).toBe('EUR');
  });

  it('is written in capitals, as that of a fact', async () => {
    const { body } = await create({ currency: ' chf' });
    const stored = await parseRest('GET', `/classes/Tenant/${body.objectId}`, master);
    expect(stored.body.settings.currency).toBe('CHF');
  });
});

describe('the time zone of a tenant', () => {
  it.each([
    ...['UTC', 'CET', 'EET', 'MET', 'WET', 'EST', 'MST', 'HST', 'EST5EDT', 'GB', 'Japan', 'Etc/GMT+5', 'GMT'],
    ...['Europe/Berlin', 'Asia/Kolkata', 'America/Argentina/Buenos_Aires', 'US/Pacific', 'Antarctica/Troll'],
  ])('may be %s', async (zone) => {
    expect((await create({ time_zone: zone })).status).toBe(201);
  });

  // Abbreviations mean different places to different readers, offsets have no summer time.
  it.each([
    ...['IST', 'PST', 'BST', 'CST', 'AET', 'JST', 'ACT', 'SST', 'ECT', 'PDT', 'CEST', 'ist', 'US/Pacific-New'],
    ...['SystemV/AST4', 'Factory', 'localtime', 'posixrules', 'posix/Europe/Berlin', '+02:00', 'GMT+2', 'UTC+2'],
    ...['Mars/Olympus', 'Europe/', '', ' UTC', 7, null],
  ])('cannot be %j', async (zone) => {
    expectRefusal(await create({ time_zone: zone }), 'settings.time_zone');
  });

  it('is refused in a change as well, also of the one key', async () => {
    const { body } = await create({ time_zone: 'Asia/Tokyo' });
    const route = `/classes/Tenant/${body.objectId}`;
    for (const change of [{ settings: { time_zone: 'IST' } }, { 'settings.time_zone': 'IST' }])
      expectRefusal(await parseRest('PUT', route, { ...master, body: change }), 'settings.time_zone');
    expect((await parseRest('GET', route, master)).body.settings.time_zone).toBe('Asia/Tokyo');
  });
});

import { Client } from 'pg';
import { waitFor } from '../harness/app';
import { startExtraServer, type ExtraServer } from './support/extra-server';

let server: ExtraServer;
beforeAll(async () => {
  server = await startExtraServer({ LOG_LEVEL: 'debug' });
}, 90_000);
afterAll(() => server.stop());

const asMaster = () => ({
  'X-Parse-Application-Id': 'appbackend',
  'X-Parse-Master-Key': server.env['PARSE_MASTER_KEY']!,
});

/** The lines that Parse Server's own log gave; everything after the banner must be JSON. */
function said(): any[] {
  const lines = server.output().split('\n').slice(1);
  const start = lines.findIndex((line) => line.startsWith('{'));
  const json = lines.slice(start).filter((line) => line.trim() && !/^(AppBackend|Try| {2}\S)/.test(line));
  return json.map((line) => JSON.parse(line)).filter((entry) => entry.source === 'parse-server');
}

it('writes a refusal of Parse Server as a line of our log, and not as an error', async () => {
  const answer = await server.api('POST', '/parse/login', {
    headers: { 'X-Parse-Application-Id': 'appbackend' },
    body: { username: 'nobody@example.com', password: 'wrong' },
  });
  expect(answer.status).toBe(404);
  const entry = await waitFor(() => said().find((line) => line.err?.code === 101));
  expect(entry).toMatchObject({ level: 'debug', service: expect.any(String), err: { stack: expect.any(String) } });
  expect(said().filter((line) => line.level === 'error')).toEqual([]);
});

it('writes a fault of Parse Server as an error, with its stack', async () => {
  const client = new Client({ connectionString: server.databaseUri });
  await client.connect();
  await client.query(`create function break_it() returns trigger language plpgsql as
    'begin raise exception ''broken on purpose''; end'`);
  await client.query('create trigger break_it before insert on "Tenant" for each row execute function break_it()');
  await client.end();
  const body = { name: 'Shop', slug: 'shop-1' };
  const answer = await server.api('POST', '/parse/classes/Tenant', { headers: asMaster(), body });
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 500, code: 1 });
  const entry = await waitFor(() => said().find((line) => line.level === 'error'));
  expect(entry.err.stack).toContain('broken on purpose');
});

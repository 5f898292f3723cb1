import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createTenant } from '../factories/people';
import { waitFor } from '../harness/app';
import { ended, makeClass, makeRows, NOTE, runSync, startPair, type Pair } from './support/pair';

/** The other server's address: a line to it that can be cut. */
interface Line {
  url: string;
  to: number;
  isCut: boolean;
  cut(): void;
  close(): void;
}

async function openLine(): Promise<Line> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    if (line.isCut || !line.to) return void socket.destroy();
    const other = connect(line.to, '127.0.0.1');
    for (const [one, two] of [
      [socket, other],
      [other, socket],
    ] as const) {
      sockets.add(one);
      one.on('error', () => two.destroy()).on('close', () => two.destroy());
      one.pipe(two);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const line: Line = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    to: 0,
    isCut: false,
    cut: () => {
      line.isCut = true;
      sockets.forEach((socket) => socket.destroy());
    },
    close: () => {
      line.cut();
      server.close();
    },
  };
  return line;
}

let line: Line;
let pair: Pair;

beforeAll(async () => {
  line = await openLine();
  pair = await startPair({ PARSE_SERVER_URL: `${line.url}/parse` });
  line.to = Number(new URL(pair.plain.url).port);
  await makeClass(pair);
  pair.startWorker();
}, 150_000);
afterAll(async () => {
  await pair?.stop();
  line?.close();
}, 60_000);

const countHere = async (): Promise<number> =>
  (await pair.here('GET', `/classes/${NOTE}?count=1&limit=0`)).body.count as number;

it('waits while the other server is away in the middle, and then goes on; nothing is lost or counted twice', async () => {
  await makeRows(pair.there, 'there', 400);
  const { body } = await pair.call('/sync', { service: 'parse', entities: [NOTE] });
  await waitFor(async () => (await countHere()) >= 100, { timeoutMs: 60_000, everyMs: 20 });
  line.cut();
  const statusOf = async (): Promise<any> => (await pair.admin('GET', `/api/data/status/${body.job_id}`)).body;
  // Pulled in batches: it stands before the next one.
  await waitFor(async () => (await statusOf()).attempts >= 2, { timeoutMs: 120_000 });
  expect((await statusOf()).status).not.toBe('completed');
  line.isCut = false;
  expect(await ended(pair, body.job_id)).toMatchObject({
    status: 'completed',
    counts: { pulled: 400, pushed: 0, conflicts: 0, failed: 0 },
  });
  expect(await countHere()).toBe(400);
}, 300_000);

it('moves rows of its own tenant alone, and takes none of another’s', async () => {
  const tenant = { __type: 'Pointer', className: 'Tenant', objectId: await createTenant() };
  const foreign = await pair.here('POST', '/classes/Customer', { external_id: 'foreign', name: 'Foreign', tenant });
  // The tenant was made at the server of all tests: this one has no such row, and looks at ids alone.
  expect(foreign.status).toBe(201);
  await pair.there('POST', '/classes/Customer', { external_id: 'named', name: 'Named', tenant });
  const job = await runSync(pair, { entities: ['customers'] });
  expect(job.counts).toMatchObject({ pulled: 0, pushed: 0, failed: 1 });
  const { results } = (await pair.there('GET', '/classes/Customer')).body;
  expect(results.map(({ name }: { name: string }) => name)).toEqual(['Named']);
}, 120_000);

it('ends when it is cancelled, and leaves the next one free to go on', async () => {
  await makeRows(pair.there, 'more', 300);
  const { body } = await pair.call('/sync', { service: 'parse', entities: [NOTE], direction: 'pull' });
  await waitFor(async () => (await countHere()) > 400, { timeoutMs: 60_000, everyMs: 20 });
  expect((await pair.admin('POST', `/api/queue/jobs/${body.job_id}/cancel`, {})).status).toBeLessThan(300);
  const job = await ended(pair, body.job_id);
  expect(['cancelled', 'completed']).toContain(job.status);
  const next = await runSync(pair, { direction: 'pull' });
  expect(next.counts).toMatchObject({ conflicts: 0, failed: 0 });
  expect(job.counts.pulled + next.counts.pulled).toBe(300);
  expect(await countHere()).toBe(700);
}, 240_000);

import net from 'node:net';
import { WebSocket } from 'undici';
import { testServer, waitFor } from '../harness/app';
import { connectLive, openLive } from '../harness/live-client';
import { expectAlive } from '../fuzz/support/client';
import { newOwnClass, saveRow } from './support/own-class';
import { startExtraServer } from '../frame/support/extra-server';

/** What one client may take from the others. No database has a part in it: PostgreSQL only. */
let className: string;
beforeAll(async () => (className = await newOwnClass()));

test('a connection holds a hundred subscriptions, and half a megabyte of conditions', async () => {
  const client = await connectLive();
  for (let count = 0; count < 100; count += 1) await client.follow(className, { count });
  expect(await client.ask(className)).toMatchObject({ op: 'error', code: 155, reconnect: false });
  client.send({ op: 'unsubscribe', requestId: 1 });
  expect(await client.ask(className)).toMatchObject({ op: 'subscribed' });
  client.close();

  const large = await connectLive();
  const where = { text: { $in: [`${'x'.repeat(200 * 1024)}`] } };
  for (let times = 0; times < 2; times += 1) await large.follow(className, where);
  expect(await large.ask(className, where)).toMatchObject({ op: 'error', code: 155 });
  large.close();
});

test('who subscribes with an expression that takes long is put out, and others go on hearing', async () => {
  const [slow, other] = [await connectLive(), await connectLive()];
  const { requestId } = await other.follow(className, { kind: 'slow' });
  await slow.follow(className, { text: { $regex: 'a*a*$' } });
  // Each row makes it try for as long as one test may take.
  const text = `${'a'.repeat(20_000)}b`;
  const put = slow.closed;
  await waitFor(async () => {
    await other.hears(requestId, 'create', await saveRow(className, { kind: 'slow', text }));
    return Promise.race([put, new Promise((resolve) => setImmediate(resolve))]);
  });
  expect((await put).code).toBe(1008);
  other.close();
});

test('a connection that never connects, or sends too much at once, is closed', async () => {
  const silent = await openLive();
  const flood = await connectLive();
  for (let requestId = 1; requestId <= 1000; requestId += 1)
    flood.send({ op: 'subscribe', requestId, query: { className, where: {} } });
  expect((await flood.closed).code).toBe(1008);
  expect((await silent.closed).code).toBe(1008);
});

test('a client that does not read is dropped before it fills the memory', async () => {
  const { hostname, port } = new URL(testServer().url);
  const deaf = await deafClient(Number(port), hostname, className);
  const other = await connectLive();
  const { requestId } = await other.follow(className, { kind: 'large' });
  const text = 'x'.repeat(1024 * 1024);
  for (let times = 0; times < 40; times += 1)
    await other.hears(requestId, 'create', await saveRow(className, { kind: 'large', text }));
  // What the machine held for him comes now, and then the end.
  const dropped = new Promise((resolve) => deaf.once('close', resolve));
  deaf.resume();
  await dropped;
  expect(deaf.bytesRead).toBeLessThan(40 * text.length);
  other.close();
});

test('one address holds five hundred connections', async () => {
  const server = await startExtraServer();
  const url = server.url.replace('http', 'ws');
  const open = (): Promise<{ socket: WebSocket; closed: Promise<number> }> => {
    const socket = new WebSocket(url);
    const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)));
    return new Promise((resolve) => socket.addEventListener('open', () => resolve({ socket, closed })));
  };
  const held: Awaited<ReturnType<typeof open>>[] = [];
  for (let batch = 0; batch < 10; batch += 1) held.push(...(await Promise.all(Array.from({ length: 50 }, open))));
  expect(await (await open()).closed).toBe(1013);
  held[0]!.socket.close();
  await held[0]!.closed;
  const again = await open();
  again.socket.send(JSON.stringify({ op: 'connect', applicationId: 'appbackend' }));
  const answer = await new Promise((resolve) => again.socket.addEventListener('message', ({ data }) => resolve(data)));
  expect(JSON.parse(String(answer))).toMatchObject({ op: 'connected' });
  for (const { socket } of [...held, again]) socket.close();
  await server.stop();
  await expectAlive();
});

/** Subscribes by hand, so that nothing is read afterwards. */
function deafClient(port: number, host: string, subject: string): Promise<net.Socket> {
  const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n';
  const messages = [
    { op: 'connect', applicationId: 'appbackend' },
    { op: 'subscribe', requestId: 1, query: { className: subject, where: {} } },
  ];
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, host, () => {
      socket.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n`);
      for (const message of messages) socket.write(masked(JSON.stringify(message)));
    });
    let read = '';
    socket.on('error', reject);
    socket.on('data', (data) => {
      read += data.toString('latin1');
      if (!read.includes('"subscribed"')) return;
      socket
        .removeAllListeners('data')
        .removeAllListeners('error')
        .on('error', () => undefined);
      socket.pause();
      resolve(socket);
    });
  });
}

/** A text frame with a mask of zeros. */
function masked(text: string): Buffer {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 255, 0, 0, 0, 0]), body]);
}

import type { Socket } from 'node:net';
import { KEPT_BYTES, SendClient } from '../../cloud/webhooks/send.client';
import { waitFor } from '../harness/app';
import { newOwner, type Owner } from './support/endpoints';
import { makeDeliveries, openRig, openSending, quietEndpoint, rereadOne, statuses, type Rig } from './support/sending';
import { openRawSink, openSink, type Sink } from './support/sink';

const MEGABYTE = 1_048_576;
/** In place of 15 s: the same clock, for the whole of a try. */
const DEADLINE_MS = 2_000;
const HEAD = 'HTTP/1.1 200 OK\r\n';

type Raw = Awaited<ReturnType<typeof openRawSink>>;

/** Writes again and again until the connection is gone. */
const endless = (socket: Socket, text: string): void => {
  const timer = setInterval(() => socket.write(text), 50);
  socket.on('close', () => clearInterval(timer));
};

/** Writes as fast as it is taken, up to so many bytes; for as long as the connection is there. */
const flood = (socket: Socket, bytes: number): void => {
  const chunk = Buffer.alloc(65_536, 'x');
  let left = bytes;
  const write = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= chunk.length;
      if (!socket.write(chunk)) return void socket.once('drain', write);
    }
  };
  write();
};

interface Hostile {
  name: string;
  act: (socket: Socket) => void;
  expected: Record<string, unknown>;
}

const TIMED_OUT = { status: 'failed', response_status: null, last_error: { code: 'TIMEOUT' } };
const NO_HTTP = { status: 'failed', response_status: null, last_error: { code: 'ANSWER_INVALID' } };
const DELIVERED = { status: 'delivered', response_status: 200, last_error: null };

const HOSTILE: readonly Hostile[] = [
  { name: 'never answers', act: () => undefined, expected: TIMED_OUT },
  {
    name: 'drips its headers',
    act: (socket) => {
      socket.write(HEAD);
      endless(socket, 'x-a: b\r\n');
    },
    expected: TIMED_OUT,
  },
  {
    name: 'drips its body after a 200',
    act: (socket) => {
      socket.write(`${HEAD}content-length: 1000\r\n\r\n`);
      endless(socket, 'x');
    },
    expected: { ...DELIVERED, response_body: expect.stringMatching(/^x+$/) },
  },
  {
    name: 'informs without an end that it goes on',
    act: (socket) => endless(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'),
    expected: TIMED_OUT,
  },
  {
    name: 'answers 100 MB',
    act: (socket) => {
      socket.write(`${HEAD}content-length: ${100 * MEGABYTE}\r\n\r\n`);
      flood(socket, 100 * MEGABYTE);
    },
    expected: { ...DELIVERED, response_body: 'x'.repeat(KEPT_BYTES) },
  },
  {
    name: 'answers chunks without an end',
    act: (socket) => {
      socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
      endless(socket, `1000\r\n${'y'.repeat(0x1000)}\r\n`);
    },
    expected: { ...DELIVERED, response_body: 'y'.repeat(KEPT_BYTES) },
  },
  {
    name: 'resets the connection',
    act: (socket) => void socket.resetAndDestroy(),
    expected: { status: 'failed', response_status: null, last_error: { code: 'CONNECTION_FAILED' } },
  },
  {
    name: 'promises more than it sends',
    act: (socket) => void socket.end(`${HEAD}content-length: 500\r\n\r\nshort`),
    expected: { ...DELIVERED, response_body: 'short' },
  },
  {
    name: 'sends more than it promised',
    act: (socket) => void socket.write(`${HEAD}content-length: 2\r\n\r\nokHTTP/1.1 500 No\r\n\r\n`),
    expected: { ...DELIVERED, response_body: 'ok' },
  },
  {
    name: 'sends a broken chunk',
    act: (socket) => void socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nZZ\r\n`),
    expected: { ...DELIVERED, response_body: 'abc' },
  },
  {
    name: 'has headers of a megabyte',
    act: (socket) => {
      socket.write(`${HEAD}x-a: `);
      flood(socket, MEGABYTE);
    },
    expected: NO_HTTP,
  },
  { name: 'speaks no HTTP', act: (socket) => void socket.end('220 mail.example.com ESMTP\r\n'), expected: NO_HTTP },
  {
    name: 'answers what no column takes',
    act: (socket) => {
      const body = Buffer.from([0x61, 0, 0xff, 0xed, 0xa0, 0x80, 0x62]);
      socket.write(`${HEAD}content-length: ${body.length}\r\n\r\n`);
      socket.write(body);
    },
    expected: { ...DELIVERED, response_body: expect.stringMatching(/^a\uFFFD+b$/) },
  },
];

describe('a receiver', () => {
  let close: () => Promise<void>;
  let owner: Owner;
  let rig: Rig;
  let good: Sink;
  const opened: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    close = openSending();
    owner = await newOwner();
    rig = await openRig({ client: new SendClient(undefined, DEADLINE_MS) });
    good = await openSink();
    opened.push(good);
  });
  afterAll(async () => {
    await rig.close();
    await Promise.all(opened.map((one) => one.close()));
    await close();
  });

  test.each(HOSTILE)(
    'that $name is bounded, and holds up no other',
    async ({ act, expected }) => {
      const receiver: Raw = await openRawSink(act);
      opened.push(receiver);
      const bad = await quietEndpoint(owner, receiver.url);
      const other = await quietEndpoint(owner, good.url);
      const [row] = await makeDeliveries(owner, bad.id);
      const rows = await makeDeliveries(owner, other.id, { count: 20 });
      await rig.put([row!, ...rows]);
      await rig.work();
      await waitFor(async () => (await statuses(rows))['delivered'] === 20);
      const after = await waitFor(async () => {
        const now = await rereadOne(row!);
        return now.attempts === 1 && now;
      });
      expect(after).toMatchObject(expected);
      // Nobody reads what it still sends.
      await waitFor(() => ![...receiver.sockets].some((socket) => socket.bytesWritten > 30 * MEGABYTE));
      if (after.duration_ms! >= DEADLINE_MS / 2) await waitFor(() => receiver.sockets.size === 0);
    },
    60_000,
  );

  test.each([301, 302, 307, 308])('that redirects with %i is not followed', async (status) => {
    const target = await openSink();
    const receiver = await openSink((response) => response.writeHead(status, { location: target.url }).end());
    opened.push(target, receiver);
    const endpoint = await quietEndpoint(owner, receiver.url);
    const [row] = await makeDeliveries(owner, endpoint.id);
    await rig.put([row!]);
    await rig.work();
    const after = await waitFor(async () => {
      const now = await rereadOne(row!);
      return now.attempts === 1 && now;
    });
    expect(after).toMatchObject({ status: 'failed', response_status: status, last_error: { code: 'STATUS' } });
    expect(target.received).toEqual([]);
  });

  test('that is not there has failed', async () => {
    const receiver = await openSink();
    await receiver.close();
    const endpoint = await quietEndpoint(owner, receiver.url);
    const [row] = await makeDeliveries(owner, endpoint.id);
    await rig.put([row!]);
    await rig.work();
    const after = await waitFor(async () => {
      const now = await rereadOne(row!);
      return now.attempts === 1 && now;
    });
    expect(after.last_error).toEqual({
      code: 'CONNECTION_FAILED',
      message: 'The connection failed (ECONNREFUSED).',
    });
  });
});

describe('a name', () => {
  const request = { headers: {}, body: '{}' };

  test.each([
    ['127.0.0.1'],
    ['10.0.0.1'],
    ['169.254.169.254'],
    ['192.168.1.1'],
    ['::1'],
    ['fd00:ec2::254'],
    ['::ffff:127.0.0.1'],
  ])('that leads to %s when it is called is refused, whatever it was before', async (address) => {
    const sink = await openSink();
    const answers = [[address], ['93.184.216.34', address]];
    const asked: string[] = [];
    const client = new SendClient((host) => {
      asked.push(host);
      return Promise.resolve(answers[asked.length - 1] ?? []);
    }, DEADLINE_MS);
    const url = sink.url.replace('127.0.0.1', 'rebind.example.com');
    for (let call = 0; call < answers.length; call += 1)
      expect(await client.send({ url, ...request })).toMatchObject({
        status: null,
        fault: { code: 'ADDRESS_REFUSED' },
      });
    expect(asked).toEqual(['rebind.example.com', 'rebind.example.com']);
    expect(sink.connections).toBe(0);
    await client.close();
    await sink.close();
  });

  test('whose server says nothing is given up in time', async () => {
    const client = new SendClient(() => new Promise(() => undefined), 300);
    expect(await client.send({ url: 'https://silent.example.com/', ...request })).toMatchObject({
      status: null,
      fault: { code: 'TIMEOUT' },
    });
    await client.close();
  });
});

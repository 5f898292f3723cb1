import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { collectListeners } from '../../../core/listeners';
import { EventsAnswer, FileAnswer, type ServerEvent } from '../../../core/operation/answers';
import { defineContract } from '../../../core/operation/contract';
import { defineOperation, type Operation } from '../../../core/operation/operation';
import { hmacSignature } from '../../../core/operation/signature';
import type { KeyActor } from '../../../core/context';
import { createDispatch } from '../../../server/dispatch';

export const SECRET = 'a secret of the sender';
export const FILE = Buffer.from('0123456789'.repeat(10));
/** Far more than the buffers of both ends hold. */
export const LARGE_BYTES = 64 * 1024 * 1024;

/** What the handlers were asked, for the tests. */
export const seen = {
  hooks: 0,
  patches: 0,
  produced: 0,
  isClosed: false,
  streams: 0,
  lastEventId: '' as string | undefined,
};

const shared = {
  tag: 'Tests',
  cloud: false,
  access: { kind: 'public' },
  input: z.strictObject({}),
  idempotency: 'none',
} as const;

const hook = defineOperation(
  defineContract({
    ...shared,
    name: 'testHook',
    summary: 'Signed',
    rest: { method: 'POST', path: '/test/hooks/{sender}', status: 200, body: 'raw', maxBytes: 1000 },
    access: { kind: 'signed', by: 'the sender' },
    input: z.strictObject({ sender: z.string() }),
    output: z.strictObject({ sender: z.string(), bytes: z.int(), json: z.unknown(), count: z.int() }),
    audit: false,
  }),
  async ({ raw, actor }, { sender }) => {
    if (actor.kind !== 'signed') throw new Error('Not signed.');
    return { sender, bytes: raw!.bytes.length, json: raw!.json(), count: (seen.hooks += 1) };
  },
  hmacSignature({
    header: 'x-signature',
    secretOf: async ({ input }) => ((input as { sender: string }).sender === 'known' ? SECRET : undefined),
  }),
);

const keyed = defineOperation(
  defineContract({
    ...shared,
    name: 'testKeyed',
    summary: 'By key',
    rest: { method: 'GET', path: '/test/keyed', status: 200 },
    access: { kind: 'key', scopes: ['read:things', 'list:things'] },
    output: z.strictObject({ key: z.string(), tenant: z.string() }),
  }),
  async ({ actor, tenantId }) => ({ key: (actor as KeyActor).keyId, tenant: tenantId! }),
);

const patched = defineOperation(
  defineContract({
    ...shared,
    name: 'testPatched',
    summary: 'Patch',
    rest: { method: 'PATCH', path: '/test/things/{id}', status: 200 },
    input: z.strictObject({ id: z.string(), name: z.string() }),
    output: z.strictObject({ id: z.string(), name: z.string(), count: z.int() }),
    idempotency: 'key',
    audit: false,
  }),
  async (_ctx, input) => ({ ...input, count: (seen.patches += 1) }),
);

const file = defineOperation(
  defineContract({
    ...shared,
    name: 'testFile',
    summary: 'File',
    rest: { method: 'GET', path: '/test/file', status: 200, answer: 'file' },
    input: z.strictObject({ name: z.string().default('a.txt') }),
    output: z.unknown(),
  }),
  async (_ctx, { name }) =>
    new FileAnswer({
      name,
      contentType: 'text/plain',
      sizeBytes: FILE.length,
      etag: '"v1"',
      open: (range) => Readable.from([range ? FILE.subarray(range.start, range.end + 1) : FILE]),
    }),
);

const large = defineOperation(
  defineContract({
    ...shared,
    name: 'testLarge',
    summary: 'Large file; or one that is shorter than it says',
    rest: { method: 'GET', path: '/test/large', status: 200, answer: 'file' },
    input: z.strictObject({ missing: z.int().default(0) }),
    output: z.unknown(),
  }),
  async (_ctx, { missing }) =>
    new FileAnswer({
      name: 'large',
      contentType: 'text/plain',
      sizeBytes: missing || LARGE_BYTES,
      open: () => source(missing),
    }),
);

function source(missing: number): Readable {
  Object.assign(seen, { produced: 0, isClosed: false });
  const chunk = Buffer.alloc(64 * 1024);
  const stream = new Readable({
    read() {
      if (missing) this.push(null);
      else this.push(seen.produced < LARGE_BYTES ? chunk : null);
      seen.produced += chunk.length;
    },
  });
  return stream.once('close', () => (seen.isClosed = true));
}

const events = defineOperation(
  defineContract({
    ...shared,
    name: 'testEvents',
    summary: 'Events',
    rest: { method: 'GET', path: '/test/events', status: 200, answer: 'events' },
    input: z.strictObject({ bad: z.boolean().default(false) }),
    output: z.unknown(),
  }),
  async ({ lastEventId }, { bad }) => {
    seen.lastEventId = lastEventId;
    return new EventsAnswer((signal) => ticks(signal, bad), { heartbeatMs: 50 });
  },
);

async function* ticks(signal: AbortSignal, bad: boolean): AsyncGenerator<ServerEvent> {
  seen.streams += 1;
  try {
    yield { id: bad ? '1\ndata: forged' : '1', event: 'tick', data: { text: 'a\nb' } };
    yield { id: '2', data: null };
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  } finally {
    seen.streams -= 1;
  }
}

export const DOOR_OPERATIONS: readonly Operation[] = [hook, keyed, patched, file, large, events];

const KEYS: Readonly<Record<string, readonly string[]>> = {
  'key-that-may': ['read:things', 'list:things', 'more'],
  'key-that-may-not': ['read:things'],
};

/** The real dispatcher with operations of the tests alone. */
export async function startDoors(): Promise<{ url: string; stop: () => Promise<void> }> {
  collectListeners([
    {
      resolveKey: async (key) =>
        KEYS[key] ? { kind: 'key', keyId: key, tenantId: 'tenant-of-the-key', scopes: KEYS[key] } : undefined,
    },
  ]);
  const dispatch = createDispatch(DOOR_OPERATIONS);
  const server = http.createServer((req, res) => {
    if (!dispatch(req, res)) res.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

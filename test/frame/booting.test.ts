import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../harness/free-port';
import { testServer, waitFor } from '../harness/app';
import { apiOf, endChild, spawnServer } from './support/extra-server';

const CLIENTS = 10;

/** A database server that accepts connections and never says a word: the web process stays at its start. */
async function silentServer(): Promise<{ port: number; close: () => void }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = (): void => {
    server.close();
    sockets.forEach((socket) => socket.destroy());
  };
  return { port: (server.address() as AddressInfo).port, close };
}

async function askForUpgrade(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  return socket;
}

test('a WebSocket that is reset while the server starts does not end it', async () => {
  const silent = await silentServer();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'appbackend-booting-'));
  const port = await freePort();
  const child = spawnServer({
    ...testServer().env,
    DATABASE_URI: `postgres://app:app@127.0.0.1:${silent.port}/app`,
    PORT: String(port),
    DATA_DIR: folder,
  });
  try {
    const health = (): Promise<unknown> => apiOf(`http://127.0.0.1:${port}`)('GET', '/health').then(({ body }) => body);
    await waitFor(health);
    const sockets = await Promise.all(Array.from({ length: CLIENTS }, () => askForUpgrade(port)));
    // The server has read what came before.
    await health();
    for (const socket of sockets) socket.resetAndDestroy();
    const early = await apiOf(`http://127.0.0.1:${port}`)('GET', '/api/users', {
      headers: { 'X-Request-Id': 'early' },
    });
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '1']);
    expect(early.body.error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', request_id: 'early' });
    expect(await health()).toEqual({ status: 'starting' });
    expect(await health()).toEqual({ status: 'starting' });
    expect(child.process.exitCode).toBeNull();
  } finally {
    await endChild(child.process, child.exited);
    silent.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

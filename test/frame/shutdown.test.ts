import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { waitFor } from '../harness/app';
import { startExtraServer } from './support/extra-server';

const CLIENTS = 20;

interface Tally {
  ok: number;
  /** The server says that it is going. */
  draining: number;
  /** Nobody listens any more, or the listener went before it took the connection up. */
  refused: number;
  failures: string[];
}

/** One client that asks again and again over a kept connection, until nobody listens any more. */
function startClient(url: string, tally: Tally): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  return new Promise((resolve) => {
    const next = (): void => {
      const request = http.get(`${url}/health/live`, { agent }, (response) => {
        response.resume();
        response.once('error', (error) => tally.failures.push(String(error)));
        response.once('end', () => {
          if (response.statusCode === 200) tally.ok += 1;
          else tally.draining += 1;
          setImmediate(next);
        });
      });
      request.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') {
          tally.refused += 1;
          agent.destroy();
          resolve();
          return;
        }
        // A new connection still waiting to be taken up: the kernel resets it when the listener closes, even while it is made.
        if (error.code !== 'ECONNRESET' || !['read', 'connect'].includes(error.syscall ?? '') || request.reusedSocket) {
          tally.failures.push(`${error.code}: ${error.message}`);
        }
        setImmediate(next);
      });
    };
    next();
  });
}

it('fails no request of twenty kept connections when it is told to end', async () => {
  const server = await startExtraServer();
  const tally: Tally = { ok: 0, draining: 0, refused: 0, failures: [] };
  const clients = Array.from({ length: CLIENTS }, () => startClient(server.url, tally));
  await waitFor(() => tally.ok > CLIENTS * 10);
  server.process.kill('SIGTERM');
  await Promise.all(clients);
  expect(tally.failures).toEqual([]);
  expect(tally.refused).toBe(CLIENTS);
  expect(await server.exited).toEqual({ code: 0, signal: null });
  await server.stop();
});

it('says that it is not ready before it stops listening', async () => {
  const server = await startExtraServer();
  expect((await server.api('GET', '/health/ready')).status).toBe(200);
  server.process.kill('SIGTERM');
  const answer = await waitFor(async () => {
    const ready = await server.api('GET', '/health/ready');
    return ready.status === 503 && ready;
  });
  expect(answer.body).toMatchObject({ status: 'draining' });
  expect((await server.exited).code).toBe(0);
  await server.stop();
});

it('ends when the process that started it is gone', async () => {
  const server = await startExtraServer();
  server.process.disconnect();
  expect((await server.exited).code).toBe(0);
  await server.stop();
});

it('does not wait for subscribers of LiveQuery, and reports nothing', async () => {
  const server = await startExtraServer();
  const socket = net.connect(server.port, '127.0.0.1');
  socket.write(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString('latin1')).toContain('101 Switching Protocols');
  const banner = server.output();
  const startedAt = Date.now();
  server.process.kill('SIGTERM');
  expect(await server.exited).toEqual({ code: 0, signal: null });
  expect(Date.now() - startedAt).toBeLessThan(8_000);
  expect(server.output().slice(banner.length)).not.toMatch(/error/i);
  socket.destroy();
  await server.stop();
});

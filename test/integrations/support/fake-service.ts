import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const KEY = 'the-key-of-the-fake-service';

const json = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** How an outside service can be; `well` is one that takes its key and no other. */
const MOODS = {
  well: (response, request) =>
    request.headers['x-api-key'] === KEY ? json(response, 200, { status: 'ok' }) : json(response, 401, {}),
  sick: (response) => json(response, 200, { status: 'degraded' }),
  slow: (response) => setTimeout(() => json(response, 200, {}), 2_500),
  'silent for ever': () => undefined,
  'dripping for ever': (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(' '), 100);
    response.on('close', () => clearInterval(timer));
  },
  'resetting connections': (_response, request) => request.socket.resetAndDestroy(),
  'far too talkative': (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const part = `"${'x'.repeat(65_536)}",`;
    const talk = (): void => {
      while (!response.destroyed && response.write(part));
    };
    response.on('drain', talk);
    talk();
  },
  'a web page': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Welcome</p>'),
  'a list': (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('[]'),
  'leading elsewhere': (response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
  broken: (response) => json(response, 500, { error: KEY }),
} as const satisfies Record<string, (response: ServerResponse, request: IncomingMessage) => void>;
export type Mood = keyof typeof MOODS;

export interface FakeService {
  url: string;
  mood: Mood;
  /** Methods and paths that were asked. */
  asked: Set<string>;
  close(): Promise<void>;
}

/** A service of the operator's on this machine, which speaks HTTP. */
export async function openService(): Promise<FakeService> {
  const service: FakeService = { url: '', mood: 'well', asked: new Set(), close: () => Promise.resolve() };
  const server = createServer((request, response) => {
    service.asked.add(`${request.method} ${request.url}`);
    MOODS[service.mood](response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  service.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return service;
}

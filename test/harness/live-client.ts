import { once } from 'node:events';
import { WebSocket } from 'undici';
import { testServer, waitFor } from './app';

/** A message of the server. */
export interface LiveMessage<T = any> {
  op: string;
  requestId?: number;
  code?: number;
  error?: string;
  reconnect?: boolean;
  object: T;
  original?: T;
}

export interface LiveClient {
  /** What the server sent, in order. */
  readonly messages: LiveMessage[];
  send(message: object): void;
  /** As it is: of what `send` could not write. */
  sendText(text: string): void;
  /** Subscribes; the answer is `subscribed` or `error`. */
  ask(className: string, where?: object, more?: object, message?: object): Promise<LiveMessage>;
  /** The same where it must succeed. */
  follow(className: string, where?: object, more?: object): Promise<{ requestId: number }>;
  /** create, update, enter, leave and delete. */
  events<T = any>(requestId: number): LiveMessage<T>[];
  /** Waits for one of these. */
  hears(requestId: number, op: string, objectId: string): Promise<LiveMessage>;
  closed: Promise<{ code: number }>;
  close(): void;
}

const EVENTS = ['create', 'update', 'enter', 'leave', 'delete'];

/** An open WebSocket that has sent nothing yet. */
export async function openLive(url: string = testServer().url): Promise<LiveClient> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'));
  const messages: LiveMessage[] = [];
  let lastId = 0;
  socket.addEventListener('message', ({ data }) => messages.push(JSON.parse(String(data)) as LiveMessage));
  const closed = new Promise<{ code: number }>((resolve) => socket.addEventListener('close', resolve));
  await once(socket, 'open');
  const client: LiveClient = {
    messages,
    closed,
    send: (message) => client.sendText(JSON.stringify(message)),
    sendText: (text) => socket.send(text),
    ask: async (className, where = {}, more = {}, message = {}) => {
      const requestId = ++lastId;
      client.send({ op: 'subscribe', requestId, query: { className, where, ...more }, ...message });
      return waitFor(() => messages.find((got) => got.requestId === requestId && !EVENTS.includes(got.op)));
    },
    follow: async (...query) => {
      const answer = await client.ask(...query);
      if (answer.op !== 'subscribed') throw new Error(`Not subscribed: ${JSON.stringify(answer)}`);
      return { requestId: answer.requestId! };
    },
    events: (requestId) => messages.filter((got) => got.requestId === requestId && EVENTS.includes(got.op)),
    hears: (requestId, op, objectId) =>
      waitFor(() => client.events(requestId).find((event) => event.op === op && event.object.objectId === objectId)),
    close: () => socket.close(),
  };
  return client;
}

export interface ConnectOptions {
  url?: string;
  applicationId?: string;
  sessionToken?: string;
  masterKey?: string;
}

/** A connected client. */
export async function connectLive({ url, applicationId, ...keys }: ConnectOptions = {}): Promise<LiveClient> {
  const client = await openLive(url);
  const application = applicationId ?? testServer().env.PARSE_APP_ID ?? 'appbackend';
  client.send({ op: 'connect', applicationId: application, ...keys });
  const answer = await waitFor(() => client.messages[0]);
  if (answer.op !== 'connected') throw new Error(`Not connected: ${JSON.stringify(answer)}`);
  return client;
}

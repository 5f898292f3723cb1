import { Client } from 'pg';
import { log } from '../../log';
import type { LiveTransport, TransportEvents } from './live-transport.types';

const CHANNEL = 'appbackend_live';
/** A notification holds less than 8,000 bytes; longer texts go in parts. */
const PART_LENGTH = 7800;
const RETRY_MS = 1000;
/** Texts that wait for a database that does not answer; more are dropped. */
const MAX_WAITING = 1000;

/**
 * LISTEN and NOTIFY on a connection of its own: one connection keeps the order. A pooler in
 * transaction mode does not carry notifications; then each process tells of its own saves alone.
 */
export async function openPostgresTransport(uri: string, events: TransportEvents): Promise<LiveTransport> {
  let client: Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;
  let waiting = 0;
  let sent = 0;
  const join = joiner((text) => events.onText(text));

  const connect = async (): Promise<void> => {
    const next = new Client({ connectionString: uri, keepAlive: true, connectionTimeoutMillis: 5000 });
    const lost = (error?: Error): void => {
      if (isClosed || (client && client !== next)) return;
      if (client) log().warn({ err: error }, 'The connection for live changes ended; it is made again.');
      client = undefined;
      clearTimeout(retry);
      retry = setTimeout(() => void connect(), RETRY_MS).unref();
    };
    next.on('error', lost);
    next.on('end', () => lost());
    next.on('notification', ({ payload }) => payload && join(payload));
    try {
      await next.connect();
      await next.query(`listen ${CHANNEL}`);
      if (isClosed) return await next.end();
      client = next;
      events.onUp();
    } catch (error) {
      lost(error as Error);
      await next.end().catch(() => undefined);
    }
  };
  await connect();

  return {
    send: (text) => {
      if (!client || waiting >= MAX_WAITING) return;
      waiting += 1;
      sent += 1;
      const parts = split(text, `${process.pid}.${sent}.${Date.now()}`);
      const sql = `select pg_notify('${CHANNEL}', part) from unnest($1::text[]) with ordinality as t(part, n) order by n`;
      client
        .query(sql, [parts])
        .catch((error: unknown) => log().warn({ err: error }, 'A live change could not be told to other processes.'))
        .finally(() => (waiting -= 1));
    },
    isUp: () => client !== undefined,
    close: async () => {
      isClosed = true;
      clearTimeout(retry);
      // After what waits to be sent.
      await client?.query(`unlisten ${CHANNEL}`).catch(() => undefined);
      await client?.end().catch(() => undefined);
    },
  };
}

/** Each part: name, index, count, then a piece of the text in ASCII, so that characters are bytes. */
function split(text: string, name: string): string[] {
  const ascii = JSON.stringify(text).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const count = Math.ceil(ascii.length / PART_LENGTH);
  return Array.from(
    { length: count },
    (_, index) => `${name} ${index} ${count} ${ascii.slice(index * PART_LENGTH, (index + 1) * PART_LENGTH)}`,
  );
}

/** Parts of one text come in order, by one transaction, and nothing between them. */
function joiner(onText: (text: string) => void): (part: string) => void {
  let current: { name: string; pieces: string[] } | undefined;
  return (part) => {
    const [, name, index, count, piece] = /^(\S+) (\d+) (\d+) (.*)$/s.exec(part) ?? [];
    if (name === undefined) return;
    if (index === '0') current = { name, pieces: [] };
    if (current?.name !== name || current.pieces.length !== Number(index)) return;
    current.pieces.push(piece!);
    if (current.pieces.length === Number(count)) onText(JSON.parse(current.pieces.join('')) as string);
  };
}

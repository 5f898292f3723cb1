import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { addressBucket } from '../core/auth/client-address';
import { actorName, type Ctx } from '../core/context';
import { AppError } from '../core/errors';
import type { EventsAnswer, ServerEvent } from '../core/operation/answers';
import { processPhase } from '../core/process';

/** Proxies give up on a silent connection after 30 to 60 s. */
const HEARTBEAT_MS = 15_000;
/** Whoever does not read for so many heartbeats is gone. */
const PATIENCE = 4;
const MAX_PER_CALLER = 20;

const open = new Set<AbortController>();
const perCaller = new Map<string, number>();

/** Ends all streams of this process: their clients connect again, to another one. */
export function endEventStreams(): void {
  for (const controller of open) controller.abort();
}

/** Sends events until they end, the client leaves, or the process does. */
export async function sendEvents(
  req: IncomingMessage,
  res: ServerResponse,
  answer: EventsAnswer,
  ctx: Ctx,
): Promise<void> {
  const caller = ctx.actor.kind === 'anonymous' ? addressBucket(ctx.ip) : actorName(ctx.actor);
  assertRoom(caller);
  const controller = new AbortController();
  const leave = (): void => controller.abort();
  res.once('close', leave);
  open.add(controller);
  perCaller.set(caller, (perCaller.get(caller) ?? 0) + 1);
  res.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // nginx would keep events back.
    'x-accel-buffering': 'no',
  });
  try {
    if (req.method === 'HEAD') return;
    res.flushHeaders();
    await writeAll(res, answer, controller.signal);
  } catch (error) {
    ctx.log.error({ err: error }, 'A stream of events failed.');
  } finally {
    controller.abort();
    open.delete(controller);
    const left = perCaller.get(caller)! - 1;
    if (left) perCaller.set(caller, left);
    else perCaller.delete(caller);
    res.removeListener('close', leave);
    res.end();
  }
}

function assertRoom(caller: string): void {
  if (processPhase() === 'draining') throw new AppError('SERVICE_UNAVAILABLE', 'The server is ending.');
  if ((perCaller.get(caller) ?? 0) < MAX_PER_CALLER) return;
  throw new AppError('RATE_LIMITED', `A caller may have ${MAX_PER_CALLER} streams open.`, {
    retryAfterSeconds: 5,
    details: { policy: 'streams', limit: MAX_PER_CALLER, window_seconds: 1 },
  });
}

async function writeAll(res: ServerResponse, { events, options }: EventsAnswer, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
  const stopHeart = startHeart(res, options.heartbeatMs ?? HEARTBEAT_MS);
  const iterator = events(signal)[Symbol.asyncIterator]();
  try {
    while (!signal.aborted) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (!next || next.done) return;
      if (!res.write(textOf(next.value))) await once(res, 'drain', { signal }).catch(() => undefined);
    }
  } finally {
    stopHeart();
    // Not awaited: an iteration that does not look at the signal ends when it comes to it.
    void iterator.return?.().catch(() => undefined);
  }
}

function startHeart(res: ServerResponse, everyMs: number): () => void {
  let missed = 0;
  const timer = setInterval(() => {
    missed = res.writableNeedDrain ? missed + 1 : 0;
    if (missed >= PATIENCE) res.destroy();
    else if (!missed) res.write(':\n\n');
  }, everyMs);
  return () => clearInterval(timer);
}

function textOf({ id, event, data }: ServerEvent): string {
  const lines = [
    ...(id === undefined ? [] : [`id: ${oneLine(id)}`]),
    ...(event === undefined ? [] : [`event: ${oneLine(event)}`]),
    `data: ${JSON.stringify(data ?? null)}`,
  ];
  return `${lines.join('\n')}\n\n`;
}

/** A line break would begin a field of its own. */
function oneLine(text: string): string {
  if (/[\r\n\x00]/.test(text)) throw new Error('An event’s id or name holds a line break or NUL.');
  return text;
}

import { log } from '../../core/log';
import { putIncoming } from './incoming.due';
import type { IncomingFacts } from './incoming.store';

/** So that a burst is a few statements; nobody waits for it. */
const GATHER_MS = 20;

let gathered: IncomingFacts[] = [];
let timer: NodeJS.Timeout | undefined;
let running: Promise<void> = Promise.resolve();

/** Has a stored webhook processed soon. Never fails: what is lost here the sweep finds. */
export function offer(row: IncomingFacts): void {
  gathered.push(row);
  timer ??= setTimeout(() => void putGathered(), GATHER_MS);
}

/** For the end of the process. */
export function offersDone(): Promise<void> {
  return putGathered();
}

function putGathered(): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  const rows = gathered;
  gathered = [];
  if (!rows.length) return running;
  const put = putIncoming(rows).catch((error: unknown) =>
    log().warn({ err: error, count: rows.length }, 'Webhooks that came in wait for the sweep.'),
  );
  return (running = Promise.all([running, put]).then(() => undefined));
}

import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { markReady, onShutdown, processPhase } from '../../../core/process';

/** A process to be ended: argument 1 is a file for what it did, 2 how long its drain takes (ms), 3 what it does. */
const [, , file = '', drainMs = '0', act] = process.argv;
const note = (text: string): void => appendFileSync(file, `${text}\n`);

setInterval(() => undefined, 1000);
onShutdown(async () => {
  note(`drain ${processPhase()}`);
  await sleep(Number(drainMs));
  note('first part done');
});
onShutdown(async () => {
  note('last part');
  await Promise.reject(new Error('A part that cannot close.'));
});
markReady({ port: 7 });
if (act === 'reject') void Promise.reject(new Error('Nobody listens.'));

import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../../core/database/open';
import { config } from '../../../core/config';
import { setQueue } from '../../../core/queue';
import { openRig } from './sending';

/** A process that sends until it is killed; its arguments: table, lease. */
async function main(): Promise<void> {
  const [, , name = '', leaseMs = '2000'] = process.argv;
  process.on('disconnect', () => process.exit(0));
  await openDatabase(config().database, 'worker');
  setQueue({ add: () => Promise.resolve(), addMany: () => Promise.resolve() });
  const rig = await openRig({ name, leaseMs: Number(leaseMs) });
  process.send?.('ready');
  for (;;) {
    await rig.work();
    await sleep(50);
  }
}

void main();

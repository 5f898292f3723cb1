import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../../core/database/open';
import { config } from '../../../core/config';
import { setQueue } from '../../../core/queue';
import { effect, testPump } from './pumps';
import { testTable } from './table';

/** A process that pumps until it is killed; its arguments: table, prefix of the effects' keys, lease, concurrency, a row's ms. */
async function main(): Promise<void> {
  const [, , name = '', prefix = '', ...numbers] = process.argv;
  const [leaseMs = 2000, concurrency = 10, rowMs = 0] = numbers.map(Number);
  process.on('disconnect', () => process.exit(0));
  await openDatabase(config().database, 'worker');
  setQueue({ add: () => Promise.resolve(), addMany: () => Promise.resolve() });
  const table = testTable({
    ...{ name, leaseMs, concurrency },
    handler: async (_ctx, { key }) => {
      await sleep(rowMs);
      await effect(prefix + key);
    },
  });
  process.send?.('ready');
  for (;;) {
    await testPump(table).run();
    await sleep(50);
  }
}

void main();

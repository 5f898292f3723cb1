import { Redis } from 'ioredis';
import { testServer, waitFor } from '../harness/app';
import { connectLive } from '../harness/live-client';
import { describeAcrossProcesses } from './support/across-processes';
import { newOwnClass, saveRow } from './support/own-class';

// Redis beside PostgreSQL: then Redis carries the changes.
describeAcrossProcesses();

test('what is saved goes through a channel of this deployment, and only while somebody follows it', async () => {
  const redis = new Redis(testServer().redisUrl!);
  const seen: string[] = [];
  redis.on('pmessage', (_pattern, channel: string, text: string) => seen.push(`${channel} ${text.split('\n')[0]}`));
  await redis.psubscribe('*live*');
  const className = await newOwnClass();
  await saveRow(className, {});
  const client = await connectLive();
  const { requestId } = await client.follow(className);
  await client.hears(requestId, 'create', await saveRow(className, {}));
  await waitFor(() => seen.some((head) => head.includes(' follows ')));
  // Followed in this process alone: nobody else needs to be told.
  expect(seen.filter((head) => head.includes(' change '))).toEqual([]);
  expect(seen.every((head) => /^appbackend:live:[\w-]{22} /.test(head))).toBe(true);
  client.close();
  await redis.quit();
});

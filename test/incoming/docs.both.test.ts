import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { testServer } from '../harness/app';
import { newReceiver } from './support/senders';

const PAGE = readFileSync(path.resolve(__dirname, '../../docs/webhooks-in.md'), 'utf8');

test('the lines of docs/webhooks-in.md make a source, send to it, and process what came again', async () => {
  const receiver = await newReceiver();
  const lines = /```sh\n([^]*?)```/
    .exec(PAGE)![1]!
    .replace('http://localhost:3000', testServer().url)
    .replace('admin@example.com', receiver.email)
    .replace('<the printed password>', receiver.password);
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', lines]);
  const [first, second, webhook, again] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, any>);
  expect(first).toEqual({ received: true, event_id: expect.any(String) });
  expect(second).toEqual({ ...first, duplicate: true });
  expect(webhook).toMatchObject({
    id: first!['event_id'],
    event: 'order.paid',
    webhook_id: 'o-1-paid',
    events: [{ type: 'webhook.shop.order.paid' }],
  });
  expect(again).toMatchObject({ id: first!['event_id'], process_number: 2 });
  expect(await receiver.processed(first!['event_id'])).toMatchObject({ process_number: 2 });
}, 90_000);

import { beginAgain, findManyIncoming, markFailed, markProcessed } from '../../cloud/incoming/incoming.store';
import { openServerDatabase } from '../analytics/support/store';
import { bodyFor, newReceiver, send, SIGN } from './support/senders';

let close: () => Promise<void>;
beforeAll(() => {
  close = openServerDatabase();
});
afterAll(() => close());

test('a worker that ends an earlier turn late says nothing of the one that is asked for now', async () => {
  const receiver = await newReceiver();
  const { id: source, secret } = await receiver.source({ name: 'turns' });
  const body = bodyFor('own');
  const { event_id: id } = (await send(source, body, SIGN.own(body, secret))).body;
  await receiver.processed(id);
  const stored = async () => (await findManyIncoming([id]))[0]!;
  // Asked for once more by a process that has died before it said so.
  expect(await beginAgain(await stored(), new Date())).toMatchObject({ status: 'received', process_number: 2 });
  await markProcessed([{ id, number: 1 }], new Date());
  await markFailed({ id, number: 1 }, { code: 'INTERNAL_ERROR', message: 'late' }, new Date());
  expect(await stored()).toMatchObject({ status: 'received', process_number: 2, last_error: null });
  await markProcessed([{ id, number: 2 }], new Date());
  expect(await stored()).toMatchObject({ status: 'processed', process_number: 2 });
});

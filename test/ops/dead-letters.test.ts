import { randomUUID } from 'node:crypto';
import { adminToken, api, parseRest, waitFor } from '../harness/app';

async function makeLetter(type: string, payload: string): Promise<string> {
  const { body } = await parseRest('POST', '/classes/DeadLetter', {
    masterKey: true,
    body: {
      message_id: `test:${randomUUID()}`,
      queue: 'cleanup',
      type,
      payload,
      attempts: 11,
      last_error: 'It failed.',
      failed_at: { __type: 'Date', iso: new Date().toISOString() },
    },
  });
  return body.objectId as string;
}

describe('dead letters', () => {
  it('are listed newest first, and put back into their queue', async () => {
    const token = await adminToken();
    const id = await makeLetter('cleanup.trimQueues', '{}');
    const listed = await api('GET', '/api/queue/dead-letter?queue=cleanup&limit=5', { token });
    expect(listed.body.dead_letters[0]).toMatchObject({
      id,
      type: 'cleanup.trimQueues',
      attempts: 11,
      replayed_at: null,
    });
    const before = (await api('GET', '/api/queue/status')).body;
    const replayed = await api('POST', `/api/queue/dead-letter/${id}/replay`, { token, body: {} });
    expect(replayed).toMatchObject({ status: 202, body: { id, status: 'queued' } });
    await waitFor(async () => {
      const { body } = await api('GET', '/api/queue/status');
      return body.queues.cleanup.completed > before.queues.cleanup.completed;
    });
    const { body } = await parseRest('GET', `/classes/DeadLetter/${id}`, { masterKey: true });
    expect(body.replayed_at).toBeDefined();
  });

  it('that nobody replayed are counted in the queue status', async () => {
    await makeLetter('cleanup.trimQueues', '{}');
    const where = encodeURIComponent(JSON.stringify({ replayed_at: { $exists: false } }));
    // The status is counted at most once a second.
    await waitFor(async () => {
      const open = await parseRest('GET', `/classes/DeadLetter?where=${where}&count=1&limit=0`, { masterKey: true });
      const { body } = await api('GET', '/api/queue/status');
      // Beside them due rows count: ops/buried-rows.both.test.ts.
      return open.body.count > 0 && body.dead_letter >= open.body.count;
    });
  });

  it('of a job that is gone, or with a payload of old, stay', async () => {
    const token = await adminToken();
    for (const id of [await makeLetter('no.such', '{}'), await makeLetter('cleanup.trimQueues', '{"old":1}')]) {
      expect(await api('POST', `/api/queue/dead-letter/${id}/replay`, { token, body: {} })).toMatchObject({
        status: 409,
      });
    }
    expect(await api('POST', '/api/queue/dead-letter/nothere/replay', { token, body: {} })).toMatchObject({
      status: 404,
    });
  });

  it('are listed even where a row made by hand lacks fields', async () => {
    const token = await adminToken();
    const failed_at = { __type: 'Date', iso: new Date().toISOString() };
    const letter = { message_id: `test:${randomUUID()}`, queue: 'cleanup', type: 'cleanup.trimQueues', failed_at };
    const { body } = await parseRest('POST', '/classes/DeadLetter', { masterKey: true, body: letter });
    const listed = await api('GET', '/api/queue/dead-letter?limit=100', { token });
    expect(listed.status).toBe(200);
    const row = listed.body.dead_letters.find(({ id }: { id: string }) => id === body.objectId);
    expect(row).toMatchObject({ queue: 'cleanup', attempts: 0 });
    expect((await api('POST', `/api/queue/dead-letter/${body.objectId}/replay`, { token, body: {} })).status).toBe(409);
  });

  it('are for administrators only', async () => {
    expect((await api('GET', '/api/queue/dead-letter')).status).toBe(401);
    expect((await parseRest('GET', '/classes/DeadLetter')).body).not.toHaveProperty('results');
  });
});

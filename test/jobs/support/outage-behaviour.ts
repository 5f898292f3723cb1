import { config } from '../../../core/config';
import { openQueue, type OpenQueue } from '../../../core/queue/bullmq';
import { startWorkers, type RunningWorkers, type WorkersOptions } from '../../../jobs/workers';
import { waitFor } from '../../harness/app';
import { openTestBackend, type TestBackend } from './backends';
import { openGate, type TcpGate } from './tcp-gate';
import { sharesOf, TEST_QUEUES, testJob } from './test-jobs';

const CALL_MS = 1500;

/** What a request's handler and a worker see while the queue's backend is away. */
export function describeOutageBehaviour(kind: 'postgres' | 'redis'): void {
  let backend: TestBackend;
  let gate: TcpGate;
  let queue: OpenQueue;
  let workers: RunningWorkers;
  const done: string[] = [];
  const job = testJob('test.outage', (_ctx, payload) =>
    Promise.resolve(void done.push((payload as { key: string }).key)),
  );
  const add = (key: string): Promise<void> => queue.port.add(job, { key }, {});
  const options = (): WorkersOptions => ({
    queue,
    definitions: [job],
    shares: sharesOf(5),
    limitsEveryMs: 200_000,
    drainMs: 200,
    deadLetters: async () => undefined,
  });
  const timed = async (call: () => Promise<unknown>): Promise<{ isError: boolean; ms: number }> => {
    const startedAt = Date.now();
    const isError = await call().then(
      () => false,
      () => true,
    );
    return { isError, ms: Date.now() - startedAt };
  };

  beforeAll(async () => {
    backend = await openTestBackend(kind);
    const { settings } = backend;
    const address = new URL(settings.backend.kind === 'redis' ? settings.backend.url : settings.backend.uri);
    gate = await openGate({ host: address.hostname, port: Number(address.port) });
    address.host = `127.0.0.1:${gate.port}`;
    Object.assign(settings.backend, settings.backend.kind === 'redis' ? { url: address.href } : { uri: address.href });
    queue = await openQueue(config(), TEST_QUEUES, { ...settings, callMs: CALL_MS });
    workers = await startWorkers(options());
  });
  afterAll(async () => {
    await workers.stop();
    await queue.close();
    await gate.stop();
    await backend.close();
  });

  it.each(['closed', 'frozen'] as const)(
    'fails soon while it is %s, and works again afterwards unaided',
    async (state) => {
      await add(`before ${state}`);
      await waitFor(() => done.includes(`before ${state}`));
      await gate.set(state);
      for (const call of [() => add(`during ${state}`), () => queue.counts(), () => queue.limit(job.queue, 7)]) {
        const { isError, ms } = await timed(call);
        expect({ isError, isSoon: ms < CALL_MS + 500 }).toEqual({ isError: true, isSoon: true });
      }
      // A worker that starts meanwhile waits for the queue, and works then.
      const late = startWorkers({ ...options(), shares: sharesOf(6) });
      await gate.set('open');
      await (await late).stop();
      expect(await queue.queue(job.queue).getGlobalConcurrency()).toBe(6);
      await waitFor(() => add(`after ${state}`).then(() => true));
      await waitFor(() => done.includes(`after ${state}`), { timeoutMs: 30_000 });
    },
  );
  it('tells a queue its limit again, when whoever kept it has forgotten it', async () => {
    await workers.stop();
    workers = await startWorkers({ ...options(), limitsEveryMs: 100 });
    const limit = (): Promise<number | null> => queue.queue(job.queue).getGlobalConcurrency();
    expect(await limit()).toBe(5);
    await queue.queue(job.queue).removeGlobalConcurrency();
    await waitFor(async () => (await limit()) === 5);
  });
}

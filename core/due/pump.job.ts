import { z } from 'zod';
import { defineJob, type JobDefinition } from '../job';
import { log } from '../log';
import { enqueue } from '../queue';
import type { PumpedTable } from './due.types';
import { Pump } from './pump';

/** A pump hands its place on after this time, so that other jobs of its queue get theirs. */
const TURN_MS = 60_000;
/** Beyond its turn: rows that run may use their time. */
const GRACE_MS = 60_000;

const jobs = new WeakMap<PumpedTable, JobDefinition>();

/**
 * The job that works a table's rows off. Slots are jobs of their own: as many pumps as the table allows run at once,
 * wherever there are workers, and a slot whose process died does not keep the others.
 */
export function pumpJobOf(table: PumpedTable): JobDefinition {
  let job = jobs.get(table);
  if (!job) jobs.set(table, (job = makeJob(table)));
  return job;
}

const LOG_PAUSE_MS = 30_000;
let loggedAt = 0;

/** Starts a pump where none runs; one that runs looks once more before it ends. */
export async function wakePump(table: PumpedTable, slot = 0): Promise<void> {
  try {
    await enqueue(pumpJobOf(table), { slot });
  } catch (error) {
    if (Date.now() - loggedAt < LOG_PAUSE_MS) return;
    loggedAt = Date.now();
    log().warn({ err: error, table: table.name }, 'Due rows wait for the tick: the queue did not take the hint.');
  }
}

function makeJob(table: PumpedTable): JobDefinition {
  const { name, queue, timeoutMs, pumps } = table.settings;
  return defineJob({
    name: `due.${name}`,
    queue,
    jobClass: 'normal',
    timeoutMs: TURN_MS + timeoutMs + GRACE_MS,
    payload: z.strictObject({ slot: z.int().min(0) }),
    dedupKey: ({ slot }) => String(slot),
    // A row that was put while a pump was about to end would wait for the tick.
    isRepeatedAfterwards: true,
    handler: async (ctx, { slot }, { signal }) => {
      const pump = new Pump(table, ctx, {
        signal,
        turnMs: TURN_MS,
        // More than one pump can do: the next slot helps, and so on.
        onFull: () => (slot + 1 < pumps ? wakePump(table, slot + 1) : Promise.resolve()),
      });
      const end = await pump.run();
      if (end === 'more') await wakePump(table, slot);
    },
  });
}

import { z } from 'zod';
import { AppError } from '../../core/errors';
import { findDataJob } from '../data-jobs/accept.service';
import { defineDataJob } from '../data-jobs/kind';
import { syncCounts } from './parse-sync.contract';
import { remoteServer } from './remote';
import { runSync } from './sync-run';
import { NO_SYNC, type SyncJob } from './sync-state';

/** A unique column: whoever has it is the one sync that there may be. */
export const syncKey = (): string => `parse:${remoteServer().url}`;

export const parseSyncKind = defineDataJob<SyncJob>({
  kind: 'parse_sync',
  class: 'normal',
  columns: { sync: { type: 'Object' }, sync_key: { type: 'String' } },
  indexes: [{ fields: ['sync_key'], unique: true }],
  initial: { sync: NO_SYNC },
  freed: { sync_key: null },
  run: runSync,
  again: takeTurn,
  status: {
    fields: { counts: syncCounts, direction: z.string(), entities: z.array(z.string()) },
    of: ({ sync, options: { direction, entities } }) => ({ counts: (sync ?? NO_SYNC).counts, direction, entities }),
  },
  results: {
    fields: { counts: syncCounts },
    of: async (_ctx, { sync }, { offset, limit }) => {
      const { counts, problems } = sync ?? NO_SYNC;
      const results = problems.slice(offset, offset + limit).map((problem) => ({ ...problem }));
      return { total: problems.length, counts, results };
    },
  },
});

/** @throws AppError CONFLICT while another one runs */
async function takeTurn(): Promise<{ sync_key: string }> {
  const running = await findDataJob<SyncJob>('sync_key', syncKey());
  if (!running) return { sync_key: syncKey() };
  throw new AppError('CONFLICT', 'A sync with that server is not over yet.', { details: { job_id: running.job_id } });
}

import { z } from 'zod';
import { sessionStore } from '../../core/auth/session.store';
import { config } from '../../core/config';
import type { Feature } from '../../core/feature';
import { defineJob } from '../../core/job';
import { handToQueue } from '../../core/queue';
import { purgeAnonymous } from './anonymous.service';
import { purgeClosed } from './erasure.service';
import { refreshStore } from './refresh.store';

const DAY_MS = 86_400_000;

/** Erases accounts after their retention time, finishes erasures that were cut off, removes unused anonymous accounts. */
export const purgeDeletedJob = defineJob({
  name: 'accounts.purgeDeleted',
  queue: 'cleanup',
  jobClass: 'low',
  timeoutMs: 30 * 60_000,
  payload: z.strictObject({}),
  dedupKey: () => 'accounts.purgeDeleted',
  handler: async (ctx) => {
    const erased = await purgeClosed(ctx);
    if (erased) ctx.log.info({ erased }, 'Closed accounts were erased.');
    const removed = await purgeAnonymous(ctx);
    if (removed) ctx.log.info({ removed }, 'Anonymous accounts that nobody used were removed.');
  },
  schedule: { everyMs: 3_600_000 },
});

/** Removes sessions and refresh tokens that ended long enough ago to be of no use to anybody. */
export const purgeSessionsJob = defineJob({
  name: 'accounts.purgeSessions',
  queue: 'cleanup',
  jobClass: 'low',
  timeoutMs: 10 * 60_000,
  payload: z.strictObject({}),
  dedupKey: () => 'accounts.purgeSessions',
  handler: async (ctx) => {
    const now = ctx.clock.now().getTime();
    // A refresh token lives only as long as its session's row: that one is kept for its whole life.
    const keptMs = config().refreshTokenSeconds * 1000 + DAY_MS;
    await sessionStore().removeExpired(new Date(now - keptMs));
    await refreshStore().removeExpired(new Date(now - DAY_MS));
  },
  schedule: { cron: '17 3 * * *' },
});

/** For people in Parse Dashboard who do not want to wait for the hour. */
export const accountParseJobs: NonNullable<Feature['parseJobs']> = {
  purgeAccounts: handToQueue(purgeDeletedJob),
  removeOldSessions: handToQueue(purgeSessionsJob),
};

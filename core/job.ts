import type { z } from 'zod';
import type { Ctx } from './context';

/** A queue of contract 5, declared by the feature whose work it carries; any feature's jobs may use it. */
export interface QueueDefinition {
  /** As contract 5 names it. */
  name: string;
  /** Of the 100 jobs that run at once over all queues and processes; WORKER_CONCURRENCY scales all alike. */
  share: number;
}

/** Contract 5 (001): priority 1–4, tries = retries + 1. */
export const JOB_CLASSES = {
  high: { priority: 1, attempts: 4 },
  normal: { priority: 2, attempts: 6 },
  low: { priority: 3, attempts: 11 },
  batch: { priority: 4, attempts: 3 },
} as const;

/** How often jobs may call on somebody outside, over all processes; declared by the feature that talks to it. */
export interface ProviderLimit {
  /** As jobs name it: `smtp`. */
  provider: string;
  /** Read at the start of a worker; undefined for no limit. */
  rate: () => { max: number; perMs: number } | undefined;
}

export interface JobRun {
  /** Aborted on cancel, timeout and shutdown. */
  signal: AbortSignal;
  /** 1 for the first try. */
  attempt: number;
  isLastAttempt: boolean;
}

export interface JobDefinition<P extends z.ZodType = z.ZodType> {
  /** `queue.action` in words: `imports.run`. */
  name: string;
  /** Name of a declared queue; checked at boot. */
  queue: string;
  jobClass: keyof typeof JOB_CLASSES;
  /** Overrides the class's tries. */
  attempts?: number;
  timeoutMs: number;
  /** Ids only, under 10 kB; checked when added and when taken. */
  payload: P;
  /** Same key, same job: a second add while the first waits or runs is dropped. */
  dedupKey: (payload: z.output<P>) => string;
  /** The tenant that it works for: in the handler's Ctx and the log, never a label of metrics. @defaultValue none */
  tenantOf?: (payload: z.output<P>) => string | undefined;
  /** Each try takes a token of this provider's limit; without one the job is put off, and no try is used up. */
  provider?: string;
  /** An add while the job runs is not dropped: it runs once more afterwards. */
  isRepeatedAfterwards?: boolean;
  /** Runs at least once: must be safe to run again after any crash. */
  handler: (ctx: Ctx, payload: z.output<P>, run: JobRun) => Promise<void>;
  /** Repeats without being asked. */
  schedule?: { everyMs: number } | { cron: string };
  /** After the last try failed. */
  onExhausted?: (ctx: Ctx, payload: z.output<P>, error: unknown) => Promise<void>;
}

export function defineJob<P extends z.ZodType>(definition: JobDefinition<P>): JobDefinition {
  return definition;
}

import type { z } from 'zod';
import type { JobRow } from '../data-jobs/job-row';
import type { SYNC_DIRECTIONS, syncCounts } from './parse-sync.contract';

export type Counts = z.output<typeof syncCounts>;

/** A conflict, and who won it; or why an object was not taken. */
export interface Problem {
  class: string;
  object_id: string;
  kind: 'conflict' | 'failed';
  winner?: 'here' | 'there';
  message: string;
}

/** Where a job is: written whole with each batch, so that a count is never ahead of the cursor nor behind it. */
export interface SyncState {
  /** Of the steps: each class, first pulled and then pushed. */
  step: number;
  cursor: { at: string; id: string } | null;
  counts: Counts;
  /** The first ones. */
  problems: readonly Problem[];
}

export interface SyncJob extends JobRow {
  options: { entities: readonly string[]; direction: (typeof SYNC_DIRECTIONS)[number]; since: string | null };
  sync: SyncState | null;
  sync_key: string | null;
}

export const NO_SYNC: SyncState = {
  step: 0,
  cursor: null,
  counts: { pulled: 0, pushed: 0, unchanged: 0, conflicts: 0, failed: 0 },
  problems: [],
};

const MAX_PROBLEMS = 100;

/** What a batch did; added to the job's state when the batch is over. */
export class Tally {
  readonly counts: Counts = { ...NO_SYNC.counts };
  readonly problems: Problem[] = [];

  constructor(private readonly className: string) {}

  add(...names: (keyof Counts)[]): void {
    for (const name of names) this.counts[name] += 1;
  }

  conflict(id: string, winner: 'here' | 'there'): void {
    this.add('conflicts');
    this.problems.push({ ...this.of(id), kind: 'conflict', winner, message: 'Changed on both sides.' });
  }

  failed(id: string, message: string): void {
    this.add('failed');
    this.problems.push({ ...this.of(id), kind: 'failed', message: message.slice(0, 300) });
  }

  /** The state behind the batch. */
  onto(state: SyncState, cursor: SyncState['cursor']): SyncState {
    const names = Object.keys(state.counts) as (keyof Counts)[];
    const counts = Object.fromEntries(names.map((name) => [name, state.counts[name] + this.counts[name]])) as Counts;
    return { ...state, cursor, counts, problems: [...state.problems, ...this.problems].slice(0, MAX_PROBLEMS) };
  }

  private of(id: string): { class: string; object_id: string } {
    return { class: this.className, object_id: id };
  }
}

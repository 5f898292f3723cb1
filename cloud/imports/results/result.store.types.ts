import type { ImportJob } from '../load/import-job';

export interface ResultPage {
  total: number;
  /** As REST shows objects: id, created_at, updated_at, pointers as ids. */
  rows: Record<string, unknown>[];
}

/** The rows that a finished import stored or changed and that still exist. Rights are the caller's job. */
export interface ResultStore {
  readRows(job: ImportJob, offset: number, limit: number): Promise<ResultPage>;
}

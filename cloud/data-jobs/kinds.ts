import { AppError } from '../../core/errors';
import type { DataJobKind } from './kind';

const byName = new Map<string, DataJobKind>();

/** All kinds of this release. @throws on two of one name: the process does not start */
export function registerKinds(kinds: readonly DataJobKind[]): void {
  byName.clear();
  for (const kind of kinds) {
    if (byName.has(kind.kind)) throw new Error(`Two kinds of data jobs are called "${kind.kind}".`);
    byName.set(kind.kind, kind);
  }
}

export const kindNames = (): string[] => [...byName.keys()];

export const allKinds = (): DataJobKind[] => [...byName.values()];

export function findKind(name: string): DataJobKind | undefined {
  return byName.get(name);
}

/** @throws AppError CONFLICT for a row that another release has stored */
export function kindOf(job: { kind: string }): DataJobKind {
  const kind = byName.get(job.kind);
  if (!kind) throw new AppError('CONFLICT', `This release has no kind of job "${job.kind}".`);
  return kind;
}

/** The queue of kinds that name none. */
export const DEFAULT_QUEUE = 'data-processing';

/** The name of the queue's job that runs a kind. */
export const queueJobName = (kind: string): string => `${kind}s.run`;

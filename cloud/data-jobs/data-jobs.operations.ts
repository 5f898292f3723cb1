import { z } from 'zod';
import { defineOperation, type Operation } from '../../core/operation/operation';
import { pageOutput } from '../../core/operation/paging';
import { cancel, retry } from './change.service';
import * as contract from './data-jobs.contract';
import type { DataJobKind } from './kind';
import { listJobs, readResults, readStatus } from './read.service';

/** The operations on jobs of all kinds, their answers described with what the kinds add. */
export function dataJobOperations(kinds: readonly DataJobKind[]): readonly Operation[] {
  const states = kinds.map(({ kind, status }) =>
    contract.jobState.extend({ ...status?.fields, kind: z.literal(kind) }),
  );
  const results = kinds.map((kind) => contract.jobResults.extend({ ...kind.results.fields }));
  return [
    defineOperation({ ...contract.listDataJobs, ...listOf(kinds, states) }, listJobs as Handler),
    defineOperation({ ...contract.getJobStatus, output: oneOf(states) }, readStatus as Handler),
    defineOperation({ ...contract.getJobResults, output: oneOf(results) }, readResults as Handler),
    defineOperation(contract.cancelJob, cancel),
    defineOperation(contract.retryDataJob, retry),
  ];
}

type Handler = Operation['handler'];

function listOf(
  kinds: readonly DataJobKind[],
  states: readonly z.ZodObject[],
): { input: z.ZodType; output: z.ZodType } {
  const entry = oneOf(states.map((state) => state.extend(contract.listed)));
  const input = contract.jobListInput(z.enum(kinds.map(({ kind }) => kind)));
  return { input, output: z.strictObject({ jobs: z.array(entry), ...pageOutput }) };
}

/** The answer of any of the kinds. */
function oneOf(shapes: readonly z.ZodObject[]): z.ZodType {
  const [only, ...others] = shapes;
  if (!only) return z.never();
  return others.length ? z.union(shapes) : only;
}

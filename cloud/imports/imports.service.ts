import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import type { cancelJob, getJobResults, getJobStatus } from './imports.contract';

export async function readStatus(
  _ctx: Ctx,
  _input: z.output<typeof getJobStatus.input>,
): Promise<z.input<typeof getJobStatus.output>> {
  throw new AppError('NOT_FOUND', 'No such job.');
}

export async function readResults(
  _ctx: Ctx,
  _input: z.output<typeof getJobResults.input>,
): Promise<z.input<typeof getJobResults.output>> {
  throw new AppError('NOT_FOUND', 'No such job.');
}

export async function cancel(
  _ctx: Ctx,
  _input: z.output<typeof cancelJob.input>,
): Promise<z.input<typeof cancelJob.output>> {
  throw new AppError('NOT_FOUND', 'No such job.');
}

import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import type { batchInput, processInput, processBatch } from './imports.contract';

type Accepted = z.input<typeof processBatch.output>;

export async function submitBatch(_ctx: Ctx, _input: z.output<typeof batchInput>): Promise<Accepted> {
  throw new AppError('SERVICE_UNAVAILABLE', 'Not ready.');
}

export async function submitData(_ctx: Ctx, _input: z.output<typeof processInput>): Promise<Accepted> {
  throw new AppError('SERVICE_UNAVAILABLE', 'Not ready.');
}

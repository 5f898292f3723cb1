import type { Ctx } from '../../../../core/context';
import { AppError } from '../../../../core/errors';
import type { ImportOptions } from '../../plan/options';

export async function assertMayWriteClass(
  _ctx: Ctx,
  _className: string,
  _options: ImportOptions,
  _tenantId: string,
): Promise<void> {
  throw new AppError('FORBIDDEN', 'Not ready.');
}

import { adminToken, api, type Answer } from '../../harness/app';

/** What an administrator asks of A28–A30. */
export async function integrations(route: string, body: unknown, token?: string): Promise<Answer> {
  return api('POST', `/api/integrations/parse${route}`, { token: token ?? (await adminToken()), body });
}

export const sync = (operation: string, data: object, collection = 'Customer', token?: string): Promise<Answer> =>
  integrations('/sync', { collection, operation, data }, token);

export const older = (reason: object = {}) => ({
  status: 409,
  body: { error: { code: 'CONFLICT', details: { reason: 'older', ...reason } } },
});

export const refusal = (code: string, status: number) => ({ status, body: { error: { code } } });

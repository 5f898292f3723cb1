import type { Role } from '../../../core/roles';
import { createPerson, createTenant, type Person } from '../../factories/people';
import { api, parseRest, type Answer } from '../../harness/app';

/** Nobody listens there; only where nothing is to arrive. */
export const URL_OF_NOBODY = 'https://hooks.example.com/in';

const BATCH = 50;

export interface Owner extends Person {
  create(fields?: Record<string, unknown>): Promise<Answer>;
  call(method: string, route: string, body?: unknown): Promise<Answer>;
}

/** Somebody with a tenant of his own, who may work on its webhooks. */
export async function newOwner(roles: readonly Role[] = ['tenant:admin'], tenant?: string): Promise<Owner> {
  const person = await createPerson({ roles, tenant: tenant ?? (await createTenant()) });
  const call = (method: string, route: string, body?: unknown): Promise<Answer> =>
    api(method, `/api/webhooks${route}`, { token: person.token, ...(body === undefined ? {} : { body }) });
  return { ...person, call, create: (fields = {}) => call('POST', '', { url: URL_OF_NOBODY, ...fields }) };
}

/** Rows of Event, whose types `event.<name>` are events as well. */
export async function happen(owner: Person, name: string, count = 1): Promise<void> {
  const tenant = { __type: 'Pointer', className: 'Tenant', objectId: owner.tenantId };
  for (let left = count; left > 0; left -= BATCH) {
    const requests = Array.from({ length: Math.min(left, BATCH) }, () => ({
      method: 'POST',
      path: '/parse/classes/Event',
      body: { event_type: name, tenant },
    }));
    const { body } = await parseRest('POST', '/batch', { masterKey: true, body: { requests } });
    if (!body.every((one: { success?: unknown }) => one.success)) throw new Error(JSON.stringify(body[0]));
  }
}

/** All deliveries of an endpoint for which a filter holds. */
export async function deliveriesOf(owner: Owner, id: string, query = ''): Promise<{ total: number; rows: any[] }> {
  const { body } = await owner.call('GET', `/${id}/deliveries?limit=100&${query}`);
  return { total: body.total, rows: body.deliveries };
}

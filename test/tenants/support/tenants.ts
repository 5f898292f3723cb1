import { type Person } from '../../factories/people';
import { parseRest } from '../../harness/app';

const master = { masterKey: true } as const;
export const pointer = (className: string, objectId: string) => ({ __type: 'Pointer', className, objectId });

export async function setTenant(tenantId: string, fields: Record<string, unknown>): Promise<void> {
  const { status, body } = await parseRest('PUT', `/classes/Tenant/${tenantId}`, { ...master, body: fields });
  if (status !== 200) throw new Error(JSON.stringify(body));
}

/** Makes the person a member; the id of the membership. */
export async function join(tenantId: string, person: Person, role: string): Promise<string> {
  const body = { tenant: pointer('Tenant', tenantId), user: pointer('_User', person.id), role };
  const made = await parseRest('POST', '/classes/TenantMember', { ...master, body });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  return made.body.objectId;
}

import { uniqueName } from '../../factories/ids';
import { type Person } from '../../factories/people';
import { parseRest, type Answer, type ParseOptions } from '../../harness/app';

const SIGNED_IN = { requiresAuthentication: true };
/** Every operation for whoever is signed in. */
export const FOR_USERS = {
  find: SIGNED_IN,
  get: SIGNED_IN,
  count: SIGNED_IN,
  create: SIGNED_IN,
  update: SIGNED_IN,
  delete: SIGNED_IN,
};
export const CLOSED = {
  find: {},
  get: {},
  count: {},
  create: {},
  update: {},
  delete: {},
  addField: {},
  protectedFields: { '*': [] },
};
export const TENANT_COLUMN = { tenant: { type: 'Pointer', targetClass: 'Tenant' } };

/** Ends in a letter, so that GraphQL's plural has an s more. */
export const newClassName = (): string => `${uniqueName('Own')}Row`;

export async function makeClass(definition: {
  fields?: object;
  classLevelPermissions?: object;
  indexes?: object;
}): Promise<string> {
  const className = newClassName();
  const made = await parseRest('POST', `/schemas/${className}`, {
    masterKey: true,
    body: { className, ...definition },
  });
  if (made.status !== 200) throw new Error(JSON.stringify(made.body));
  return className;
}

export const schemaOf = async (className: string): Promise<any> =>
  (await parseRest('GET', `/schemas/${className}`, { masterKey: true })).body;

export const changeSchema = (className: string, body: object): Promise<Answer> =>
  parseRest('PUT', `/schemas/${className}`, { masterKey: true, body });

export const as = (person: Person): ParseOptions => ({ sessionToken: person.sessionToken });
export const pointer = (className: string, objectId: string): object => ({ __type: 'Pointer', className, objectId });

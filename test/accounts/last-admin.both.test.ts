import { adminToken, api, parseRest } from '../harness/app';
import { withDatabase } from './support';
import { createPerson, type Person } from '../factories/people';

/** Everybody else who is a super admin steps aside, so that two are left; put back afterwards. */
async function withOnly(admins: readonly Person[], work: () => Promise<void>): Promise<void> {
  const ids = admins.map(({ id }) => id);
  const change = (from: string, to: string) =>
    withDatabase<unknown>({
      postgres: (db) =>
        db.query(`update "_User" set status = $2 where status = $1 and not "objectId" = any($3)`, [from, to, ids]),
      mongo: (db) =>
        db
          .collection<{ _id: string }>('_User')
          .updateMany({ status: from, _id: { $nin: ids } }, { $set: { status: to } }),
    });
  await change('active', 'aside');
  await work().finally(() => change('aside', 'active'));
}

const survivors = async (admins: readonly Person[]): Promise<number> => {
  const states = await Promise.all(admins.map(({ id }) => parseRest('GET', `/users/${id}`, { masterKey: true })));
  return states.filter(({ body }) => body.status === 'active').length;
};

test.each([
  ['close themselves', ({ token, id }: Person) => api('DELETE', `/api/users/${id}`, { token })],
  [
    'suspend themselves',
    ({ token, id }: Person) => api('PUT', `/api/users/${id}`, { token, body: { status: 'suspended' } }),
  ],
  ['demote themselves', ({ token, id }: Person) => api('PUT', `/api/users/${id}`, { token, body: { roles: [] } })],
  ['erase themselves', ({ token, id }: Person) => api('POST', `/api/users/${id}/erase`, { token })],
  [
    'close themselves through Parse',
    ({ sessionToken, id }: Person) =>
      parseRest('PUT', `/classes/_User/${id}`, { sessionToken, body: { status: 'deleted' } }),
  ],
])(
  'of the last two administrators who %s at once, one stays',
  async (_how, leave) => {
    await adminToken();
    const admins = [await createPerson({ roles: ['super_admin'] }), await createPerson({ roles: ['super_admin'] })];
    await withOnly(admins, async () => {
      const answers = await Promise.all(admins.map(leave));
      expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
      expect(answers.some(({ status }) => status === 409 || status === 400)).toBe(true);
    });
    // Demotion keeps the account; the others keep exactly one.
    expect(await survivors(admins)).toBeGreaterThanOrEqual(1);
  },
  30_000,
);

test('the master key may not remove the last one either', async () => {
  await adminToken();
  const admin = await createPerson({ roles: ['super_admin'] });
  await withOnly([admin], async () => {
    expect((await parseRest('DELETE', `/users/${admin.id}`, { masterKey: true })).status).toBe(400);
  });
});

test('a refused change of roles leaves nothing of the rest, and a refused rest nothing of the roles', async () => {
  await adminToken();
  const admin = await createPerson({ roles: ['super_admin'] });
  const read = async () => (await api('GET', `/api/users/${admin.id}`, { token: admin.token })).body;
  const before = await read();
  await withOnly([admin], async () => {
    const change = { token: admin.token, body: { name: 'Somebody Else', roles: [] } };
    expect((await api('PUT', `/api/users/${admin.id}`, change)).status).toBe(409);
  });
  expect(await read()).toEqual(before);
  const taken = await createPerson({ roles: ['admin'] });
  const body = { email: taken.email, current_password: admin.password, roles: [...before.roles, 'analyst'] };
  expect((await api('PUT', `/api/users/${admin.id}`, { token: admin.token, body })).status).toBe(409);
  expect(await read()).toEqual(before);
});

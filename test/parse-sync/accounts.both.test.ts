import { uniqueEmail } from '../factories/ids';
import { createPerson } from '../factories/people';
import { api } from '../harness/app';
import { integrations, refusal } from './support/calls';

const users = (action: string, user_data: object, token?: string) =>
  integrations('/users', { action, user_data }, token);
const PASSWORD = 'Right-horse-42';

describe('an account', () => {
  it('is made, read, changed and closed', async () => {
    const email = uniqueEmail();
    const made = await users('create', { username: email, email, password: PASSWORD });
    expect(made).toMatchObject({
      status: 201,
      body: { success: true, action: 'create', user: { email, status: 'active' } },
    });
    const { id } = made.body.user;
    expect((await api('POST', '/api/auth/login', { body: { email, password: PASSWORD } })).status).toBe(200);
    const read = await users('read', { objectId: id });
    expect(read).toMatchObject({ status: 200, body: { action: 'read', user: made.body.user } });
    expect((await users('read', { email })).body.user.id).toBe(id);
    expect((await users('read', { username: email.toUpperCase() })).body.user.id).toBe(id);
    expect(await users('update', { objectId: id, name: 'Ada' })).toMatchObject({
      status: 200,
      body: { user: { name: 'Ada' } },
    });
    const closed = await users('delete', { objectId: id });
    expect(closed).toMatchObject({
      status: 200,
      body: { success: true, action: 'delete', user: { status: 'deleted' } },
    });
    expect((await api('POST', '/api/auth/login', { body: { email, password: PASSWORD } })).status).toBe(401);
    for (const answer of [made, read, closed])
      expect(JSON.stringify(answer.body)).not.toMatch(/password|authData|session/i);
  });

  it('is managed by A28 as well, whose operation is the action', async () => {
    const email = uniqueEmail();
    const body = {
      action: 'user_management',
      operation: 'create',
      user_data: { username: email, email, password: PASSWORD },
    };
    expect(await integrations('', body)).toMatchObject({ status: 201, body: { action: 'create', user: { email } } });
    const { status } = await integrations('', { ...body, operation: 'read', user_data: { email } });
    expect(status).toBe(200);
    expect((await integrations('', { ...body, operation: 'upsert' })).status).toBe(400);
    expect((await integrations('', { ...body, collection: 'Customer' })).status).toBe(400);
  });

  it('obeys the rules of the routes below /users', async () => {
    const { email, id } = await createPerson();
    expect(await users('create', { email, password: PASSWORD })).toMatchObject(refusal('CONFLICT', 409));
    expect(await users('create', { email: uniqueEmail(), password: 'short' })).toMatchObject(
      refusal('VALIDATION_ERROR', 400),
    );
    expect(await users('create', { email: uniqueEmail(), password: PASSWORD, authData: {} })).toMatchObject(
      refusal('VALIDATION_ERROR', 400),
    );
    expect(await users('update', { objectId: id, emailVerified: true })).toMatchObject(
      refusal('VALIDATION_ERROR', 400),
    );
    expect(await users('read', {})).toMatchObject(refusal('VALIDATION_ERROR', 400));
    for (const action of ['read', 'update', 'delete'])
      expect(await users(action, { objectId: 'nobody0000' })).toMatchObject(refusal('NOT_FOUND', 404));
    expect(await users('read', { email: uniqueEmail() })).toMatchObject(refusal('NOT_FOUND', 404));
    const admin = await createPerson({ roles: ['admin'] });
    const other = await createPerson({ roles: ['admin'] });
    expect(await users('delete', { objectId: other.id }, admin.token)).toMatchObject(refusal('FORBIDDEN', 403));
  });

  it('is for administrators', async () => {
    const person = await createPerson({ roles: ['support', 'tenant:owner'] });
    expect(await users('read', { objectId: person.id }, person.token)).toMatchObject(refusal('FORBIDDEN', 403));
  });
});

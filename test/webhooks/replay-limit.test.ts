import { randomUUID } from 'node:crypto';
import { withDatabase } from '../accounts/support';
import { newOwner } from './support/endpoints';

// PostgreSQL alone: the limit is counted above the databases, and a hundred thousand rows take long to write elsewhere.
const MOST = 100_000;
const START = '2020-01-01T00:00:00Z';

const sql = (text: string, values: unknown[]): Promise<unknown> =>
  withDatabase<unknown>({
    postgres: (db) => db.query(text, values),
    mongo: () => Promise.reject(new Error('PostgreSQL only.')),
  });

test('a replay of more than a hundred thousand events is refused, dry and real; one of as many is counted', async () => {
  const owner = await newOwner();
  const { id } = (await owner.create({ types: ['user_deleted'] })).body;
  const replay = (body: object) => owner.call('POST', `/${id}/replay`, { from: START, ...body });
  const insert = `insert into app.event (id, state, tenant, type, subject_class, subject_id, occurred_at, recorded_at,
      payload, request_id)
    select $1 || lpad(n::text, 6, '0'), 'dispatched', $2, 'user_deleted', '_User', 'u', date_trunc('milliseconds', now()), date_trunc('milliseconds', now()), '{}', ''
    from generate_series(1, $3::int) n`;
  try {
    await sql(insert, [randomUUID(), owner.tenantId, MOST]);
    const counted = await replay({ dry_run: true });
    expect(counted).toMatchObject({ status: 200, body: { count: MOST, replay_id: null } });
    await sql(insert, [randomUUID(), owner.tenantId, 1]);
    for (const dry_run of [true, false]) {
      const refused = await replay({ dry_run });
      expect(refused).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_ERROR' } } });
      expect(refused.body.error.details.issues[0].path).toBe('from');
    }
    expect((await owner.call('GET', `/${id}/deliveries`)).body.total).toBe(0);
  } finally {
    await sql('delete from app.event where tenant = $1', [owner.tenantId]);
  }
}, 120_000);

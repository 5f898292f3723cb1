import { randomUUID } from 'node:crypto';
import { claimSlot, lastEdit, markStarted, noteEdit, trimSlots } from '../../cloud/ops/scheduled-jobs.store';
import { closeDatabase, openDatabase } from '../../core/database/open';
import type { Database } from '../../core/database/database';
import { parseRest, testServer } from '../harness/app';

const NOW = new Date('2026-03-10T12:00:00Z');
const LONG_AGO = new Date(0);

describe('slots of schedules', () => {
  let database: Database;
  beforeAll(async () => {
    const uri = testServer().databaseUri;
    process.env.DATABASE_URI ??= uri;
    database = await openDatabase({
      kind: uri.startsWith('mongodb') ? 'mongo' : 'postgres',
      uri,
      patienceMs: 10_000,
      loads: 1,
    });
  });
  afterAll(() => closeDatabase(database));
  const slot = (slotMs = 1000, scheduleId: string = randomUUID()) => ({ scheduleId, slotMs });

  it('are given to one of many who claim them at once', async () => {
    const wanted = slot();
    const claims = await Promise.all(Array.from({ length: 20 }, () => claimSlot(wanted, NOW, LONG_AGO)));
    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  it('can be claimed again, by one, when the claimant died before the start', async () => {
    const wanted = slot();
    const later = new Date(NOW.getTime() + 1000);
    expect(await claimSlot(wanted, NOW, LONG_AGO)).toBe(true);
    const claims = await Promise.all(Array.from({ length: 10 }, () => claimSlot(wanted, later, later)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    await markStarted(wanted, later, 'status');
    expect(await claimSlot(wanted, new Date(later.getTime() + 5000), new Date(later.getTime() + 4000))).toBe(false);
  });

  it('are trimmed, but never the latest: it keeps a schedule from running again', async () => {
    const scheduleId = randomUUID();
    for (const ms of [1000, 2000]) {
      await claimSlot(slot(ms, scheduleId), NOW, LONG_AGO);
      await markStarted(slot(ms, scheduleId), NOW, 'status');
    }
    await trimSlots(NOW);
    expect(await claimSlot(slot(1000, scheduleId), NOW, LONG_AGO)).toBe(true);
    expect(await claimSlot(slot(2000, scheduleId), NOW, LONG_AGO)).toBe(false);
  });

  it('know when the times of their schedule were edited, and when it last ran', async () => {
    const id = randomUUID();
    const after = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
    expect(await lastEdit(id)).toBeUndefined();
    await noteEdit(id, after(1));
    expect(await lastEdit(id)).toEqual({ editedMs: after(1).getTime(), ranMs: 0 });
    await claimSlot(slot(1000, id), NOW, LONG_AGO);
    expect(await lastEdit(id)).toMatchObject({ ranMs: 0 });
    await markStarted(slot(1000, id), after(2), 'status');
    await noteEdit(id, after(3));
    expect(await lastEdit(id)).toEqual({ editedMs: after(3).getTime(), ranMs: after(2).getTime() });
  });

  it('are told of edits in Parse Dashboard, not of other changes', async () => {
    const master = { masterKey: true } as const;
    const fields = { jobName: 'cleanupJobs', params: '{}', startAfter: '2100-01-01T00:00:00.000Z' };
    const timing = { timeOfDay: '10:00:00.000Z', repeatMinutes: 1440, daysOfWeek: [1, 1, 1, 1, 1, 1, 1] };
    const put = (id: string, changed: object) =>
      parseRest('PUT', `/cloud_code/jobs/${id}`, {
        ...master,
        body: { job_schedule: { ...fields, ...timing, ...changed } },
      });
    const made = await parseRest('POST', '/cloud_code/jobs', {
      ...master,
      body: { job_schedule: { ...fields, ...timing } },
    });
    const id = made.body.objectId as string;
    await put(id, { description: 'described', params: '{"a":1}' });
    expect(await lastEdit(id)).toBeUndefined();
    const before = Date.now();
    await put(id, { timeOfDay: '11:00:00.000Z' });
    const edit = await lastEdit(id);
    expect(edit!.editedMs).toBeGreaterThanOrEqual(before);
    expect(edit!.editedMs).toBeLessThanOrEqual(Date.now());
    await parseRest('DELETE', `/cloud_code/jobs/${id}`, master);
  });
});

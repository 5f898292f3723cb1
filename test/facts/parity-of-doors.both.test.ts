import { FACTS } from '../../cloud/facts/facts';
import type { Fact } from '../../cloud/facts/define';
import { fileNameOf, minorOf } from '../../cloud/facts/names';
import { type Person } from '../factories/people';
import { api, parseRest } from '../harness/app';
import { newImporter, resultsOf, waitForJob } from '../imports/support/imports';
import { CASES, type DoorCase } from './support/door-cases';

/*
 * A rule that stands in two places is a fault: the same values go through a save and through an import, and must become
 * the same row, or be refused for the same field. One import and one batch of saves a fact and stage, because the
 * stand-in for MongoDB is slow.
 */

const NOW = 'now';
const SOON_MS = 15 * 60_000;

let person: Person;
beforeAll(async () => {
  person = await newImporter(['analyst', 'tenant:admin']);
});

describe.each(FACTS.map((fact) => [fact.dataType, fact] as const))('%s', (dataType, fact) => {
  const cases = CASES[dataType]!;
  const fresh = cases.filter(({ before }) => !before);
  const changes = cases.filter(({ before }) => before);

  it('are the same by both doors when they are new', async () => {
    const saved = await saveAll(fact, fresh, (one) => ({ method: 'POST', row: one.row, one }));
    const imported = await importAll(
      fact,
      fresh.map((one) => rowOf(fact, one, 'i', one.row)),
      'insert',
    );
    await compare(fact, fresh, saved, imported);
  });

  if (!changes.length) return;
  it('are the same by both doors when they change a stored row', async () => {
    // Before the saves: costs are known by their day and kind, which both doors give.
    await importAll(
      fact,
      changes.map((one) => rowOf(fact, one, 'i', one.before!)),
      'insert',
    );
    const imported = await importAll(
      fact,
      changes.map((one) => rowOf(fact, one, 'i', one.row)),
      'update',
    );
    const made = await saveAll(fact, changes, (one) => ({ method: 'POST', row: one.before!, one }));
    expect(made.map(({ refused }) => refused)).toEqual(changes.map(() => undefined));
    const saved = await saveAll(fact, changes, (one, index) => ({
      method: 'PUT',
      row: one.row,
      one,
      id: made[index]!.id!,
    }));
    await compare(fact, changes, saved, imported);
  });
});

interface Outcome {
  id?: string;
  refused?: [field: string, code: string] | undefined;
}

interface Save {
  method: 'POST' | 'PUT';
  row: Record<string, unknown>;
  one: DoorCase;
  id?: string;
}

async function saveAll(
  fact: Fact,
  cases: readonly DoorCase[],
  saveOf: (one: DoorCase, index: number) => Save,
): Promise<Outcome[]> {
  const path = `/parse/classes/${fact.className}`;
  const requests = cases.map((one, index) => {
    const { method, row, id } = saveOf(one, index);
    return { method, path: id ? `${path}/${id}` : path, body: bodyOf(fact, rowOf(fact, one, 's', row)) };
  });
  const { body } = await parseRest('POST', '/batch', { sessionToken: person.sessionToken, body: { requests } });
  return body.map(({ success, error }: any, index: number): Outcome => {
    if (success) return { id: success.objectId ?? requests[index]!.path.split('/').at(-1) };
    // Parse looks at the type before any rule does.
    const mismatch = /schema mismatch for \w+\.(\w+);/.exec(error.error);
    if (mismatch) return { refused: [mismatch[1]!, 'wrong_type'] };
    const [issue] = JSON.parse(error.error).details.issues;
    return { refused: [issue.path, issue.code] };
  });
}

async function importAll(fact: Fact, data: object[], mode: 'insert' | 'update'): Promise<Outcome[]> {
  // Where several are to choose from, the one that leaves most fields to be changed.
  const key = mode === 'update' && fact.keys?.length ? { key: fact.keys.at(-1) } : {};
  const body = { data_type: fact.dataType, mode, data, ...key };
  const sent = await api('POST', '/api/data/process', { token: person.token, body });
  expect([sent.status, sent.body]).toEqual([202, expect.anything()]);
  const job = await waitForJob(person.token, sent.body.job_id);
  expect([job.status, job.error]).toEqual(['completed', null]);
  const { errors } = await resultsOf(person.token, job.job_id, 'limit=1000');
  return data.map((_row, index) => {
    const error = errors.items.find(({ row }) => row === index + 1);
    return { refused: error && [error.column, error.code] };
  });
}

/** Each case knows its row again by the business id, or by its date. */
function rowOf(fact: Fact, one: DoorCase, door: string, row: Record<string, unknown>): Record<string, unknown> {
  const id = fact.businessId && fileNameOf(fact.businessId, fact.fields[fact.businessId]!);
  const isForFilesOnly = door === 'i' && fact.fields['customer']?.required;
  return {
    ...(id ? { [id]: `${door}-${one.name}` } : {}),
    ...(isForFilesOnly ? { customer_id: 'c1' } : {}),
    ...row,
  };
}

function bodyOf(fact: Fact, row: Record<string, unknown>): Record<string, unknown> {
  const names = Object.entries(fact.fields).map(([name, field]) => [name, field, fileNameOf(name, field)] as const);
  return Object.fromEntries(
    names.flatMap(([name, { kind }, file]) => {
      const value = row[file];
      if (value === undefined) return [];
      const isDate = kind === 'date' && typeof value === 'string' && /^\d/.test(value);
      return [[name, isDate ? { __type: 'Date', iso: value } : value]];
    }),
  );
}

async function compare(fact: Fact, cases: readonly DoorCase[], saved: Outcome[], imported: Outcome[]): Promise<void> {
  const refused = cases.map(({ name, refused: faults }) => {
    const [field, code, rowCode] = faults ?? [];
    return { name, field, code, rowCode };
  });
  const fileOf = (name: string): string => fileNameOf(name, fact.fields[name]!);
  expect(cases.map(({ name }, index) => told(name, saved[index]!))).toEqual(
    refused.map(({ name, field, code }) => ({ name, refused: field && [field, code] })),
  );
  expect(cases.map(({ name }, index) => told(name, imported[index]!))).toEqual(
    refused.map(({ name, field, rowCode }) => ({ name, refused: field && [fileOf(field), rowCode] })),
  );
  const rows = await storedRows(fact);
  for (const one of cases.filter(({ refused: isRefused }) => !isRefused)) {
    const [left, right] = ['s', 'i'].map((door) => viewOf(fact, rows, { one, door }));
    expect({ case: one.name, ...right }).toEqual({ case: one.name, ...left });
    if (one.stored) expect({ case: one.name, ...left }).toMatchObject({ case: one.name, ...one.stored });
  }
}

const told = (name: string, { refused }: Outcome) => ({ name, refused });

async function storedRows(fact: Fact): Promise<Record<string, any>[]> {
  const where = encodeURIComponent(JSON.stringify({ createdAt: { $exists: true } }));
  const route = `/classes/${fact.className}?limit=1000&where=${where}`;
  const { status, body } = await parseRest('GET', route, { sessionToken: person.sessionToken });
  expect(status).toBe(200);
  return body.results;
}

/** What the fact says of a row: neither who, nor from where, nor by which door. */
function viewOf(
  fact: Fact,
  rows: readonly Record<string, any>[],
  { one, door }: { one: DoorCase; door: string },
): Record<string, unknown> {
  const { businessId, dateField } = fact;
  const isMine = (row: Record<string, any>): boolean =>
    businessId
      ? row[businessId] === `${door}-${one.name}`
      : row[dateField!].iso === one.row[dateField!] && (row.import_id !== undefined) === (door === 'i');
  const found = rows.filter(isMine);
  expect([one.name, door, found.length]).toEqual([one.name, door, 1]);
  const names = Object.entries(fact.fields).flatMap(([name, { kind }]) => {
    if (name === businessId || name === 'source' || name === 'items' || kind === 'person') return [];
    return kind === 'money' ? [name, minorOf(name)] : [name];
  });
  return Object.fromEntries(names.map((name) => [name, shown(found[0]![name])]));
}

/** Instants that were given by the rules differ by what passed between the doors. */
function shown(value: any): unknown {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map(shown);
  if (value.__type === 'Date') return shown(value.iso);
  if (typeof value === 'string' && /^\d{4}-.*Z$/.test(value)) {
    return Math.abs(Date.parse(value) - Date.now()) < SOON_MS ? NOW : value;
  }
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shown(inner)]));
}

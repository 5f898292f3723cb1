import { database, inTransaction } from '../../core/database/database';
import { isDuplicate } from '../../core/database/kit/duplicate';
import { fromMongoPointer, toMongoPointer } from '../../core/database/kit/pointer';
import { Table } from '../../core/database/kit/table';
import { between, gt, gte, jsonText, lt, lte, not, oneOf, orNull, type Where } from '../../core/database/kit/where';
import { newObjectId } from '../../core/ids';
import { LANE } from '../harness/app';
import { fresh, makeTable, openLane } from './support';

interface Thing {
  id: string;
  grp: string | null;
  code: string | null;
  n: number | null;
  at: Date | null;
  facts: unknown;
}

const NAME = fresh('kit');
const things = new Table<Thing>({
  table: NAME,
  key: ['id'],
  columns: { id: 'plain', grp: 'plain', code: 'plain', n: 'integer', at: 'plain', facts: 'json' },
});
const EMPTY = { grp: null, code: null, n: null, at: null, facts: null };
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

let close: () => Promise<void>;
beforeAll(async () => {
  close = await openLane();
  await makeTable(
    NAME,
    `id text primary key, grp text, code text constraint ${NAME}_code_unique unique, n bigint, at timestamptz, facts jsonb`,
    { code: 1 },
  );
});
afterAll(() => close());

describe('rows', () => {
  it('are inserted once, whoever else tries at the same time', async () => {
    const id = fresh('a');
    const added = await Promise.all(many(20, (n) => things.insert({ id, n })));
    expect(added.filter(Boolean)).toHaveLength(1);
    const kept = await things.find({ id });
    expect(kept).toEqual({ ...EMPTY, id, n: added.indexOf(true) });
  });

  it('with a value that another one has are not inserted either', async () => {
    const code = fresh('code');
    expect(await things.insert({ id: fresh('a'), code })).toBe(true);
    expect(await things.insert({ id: fresh('b'), code })).toBe(false);
    // No value is none that another one could have.
    expect(await things.insertMany([{ id: fresh('c'), code: null }, { id: fresh('d') }])).toBe(2);
  });

  it('are upserted by many at once without a failure, and keep the columns that are not given', async () => {
    const id = fresh('a');
    await things.upsert({ id, grp: 'kept', n: 1 });
    await Promise.all(many(20, (n) => things.upsert({ id, n: n + 2 })));
    expect(await things.count({ id })).toBe(1);
    expect((await things.find({ id }))?.grp).toBe('kept');
    const other = fresh('b');
    await Promise.all(many(20, (n) => things.upsert({ id: other, n })));
    expect(await things.count({ id: other })).toBe(1);
    await things.upsert({ id: other, n: null });
    await things.upsert({ id: other });
    expect(await things.find({ id: other })).toEqual({ ...EMPTY, id: other });
  });

  it('are taken over by one of many, and only where the condition holds', async () => {
    const id = fresh('a');
    const at = new Date('2026-01-01T00:00:00Z');
    const later = new Date('2026-01-02T00:00:00Z');
    const fresh20 = await Promise.all(many(20, (n) => things.takeOver({ id, n, at }, { at: lt(at) })));
    expect(fresh20.filter(Boolean)).toHaveLength(1);
    const stale20 = await Promise.all(many(20, (n) => things.takeOver({ id, n, at: later }, { at: lt(later) })));
    expect(stale20.filter(Boolean)).toHaveLength(1);
    expect(await things.find({ id })).toMatchObject({ n: stale20.indexOf(true), at: later });
    expect(await things.takeOver({ id, n: 99 }, [{ at: null }, { n: 99 }])).toBe(false);
    expect(await things.takeOver({ id, at: null }, { n: oneOf(many(20, (n) => n)) })).toBe(true);
    expect(await things.takeOver({ id, n: 99 }, [{ at: null }, { n: 99 }])).toBe(true);
  });

  it('are claimed by twenty at once, each by one', async () => {
    const grp = fresh('g');
    await things.insertMany(many(15, (n) => ({ id: fresh('r'), grp, n })));
    const claimed = await Promise.all(many(20, (n) => things.claim({ grp, code: null }, { code: `${grp}-${n}` })));
    const rows = claimed.filter((row) => row !== undefined);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    expect(await things.count({ grp, code: not(null) })).toBe(rows.length);
    // Those who met another one's row may have gone away without one; nobody does when he is alone.
    for (let left = 15 - rows.length; left > 0; left -= 1)
      expect(await things.claim({ grp, code: null }, { code: fresh(grp) })).toMatchObject({ grp });
    expect(await things.claim({ grp, code: null }, { code: fresh(grp) })).toBeUndefined();
    expect(await things.count({ grp, code: not(null) })).toBe(15);
  });

  it('tell null and absent apart nowhere', async () => {
    const grp = fresh('g');
    const at = new Date('2026-03-01T00:00:00Z');
    const [absent, empty, set] = [fresh('a'), fresh('b'), fresh('c')];
    await things.insertMany([
      { id: absent, grp },
      { id: empty, grp, n: null, at: null },
      { id: set, grp, n: 5, at },
    ]);
    await things.insert({ id: fresh('d'), grp, n: 7, at });
    await things.update({ grp, n: 7 }, { n: null, at: null });
    const ids = async (where: Where<Thing>): Promise<number> => things.count(where);
    expect(await ids({ grp, n: null })).toBe(3);
    expect(await ids({ grp, n: not(null) })).toBe(1);
    expect(await ids({ grp, n: not(6) })).toBe(4);
    expect(await ids({ grp, n: not(5) })).toBe(3);
    expect(await ids({ grp, at: lte(at) })).toBe(1);
    expect(await ids({ grp, at: orNull(lt(at)) })).toBe(3);
    expect(await ids({ grp, at: orNull(gte(at)) })).toBe(4);
    expect(await ids({ grp, n: oneOf([5, 6]) })).toBe(1);
    expect(await ids({ grp, n: oneOf<number>([]) })).toBe(0);
    expect(await ids({ grp, n: between(5, 6) })).toBe(1);
    expect(await ids({ grp, n: between(4, 5) })).toBe(0);
    expect(await ids([])).toBe(0);
    expect(await things.find({ id: absent })).toEqual({ ...EMPTY, id: absent, grp });
  });

  it('give back whole numbers, dates and JSON as they came', async () => {
    const id = fresh('a');
    const facts = { list: [1, 'two', null, { deep: true }], 'a.b': 'dot', "it's": '"quoted"', to: 'x@example.com' };
    const at = new Date('2026-02-03T04:05:06.789Z');
    await things.insert({ id, n: 1_764_000_000_000, at, facts });
    expect(await things.find({ id })).toEqual({ ...EMPTY, id, n: 1_764_000_000_000, at, facts });
    expect(await things.count({ id, facts: jsonText('to', 'x@example.com') })).toBe(1);
    expect(await things.count({ id, facts: jsonText('to', '{"$ne":1}') })).toBe(0);
    await things.update({ id }, { facts: { at, none: undefined } });
    expect((await things.find({ id }))?.facts).toEqual({ at: at.toISOString() });
  });
});

describe('many rows', () => {
  it('are none, or hold one twice, or some that are there', async () => {
    expect(await things.insertMany([])).toBe(0);
    const [one, two] = [fresh('a'), fresh('b')];
    expect(await things.insertMany([{ id: one, n: 1 }, { id: one, n: 2 }, { id: two }])).toBe(2);
    expect((await things.find({ id: one }))?.n).toBe(1);
    expect(await things.insertMany([{ id: two }, { id: one }])).toBe(0);
  });

  it('may be more than one statement holds', async () => {
    const grp = fresh('g');
    expect(await things.insertMany(many(11_000, (n) => ({ id: `${grp}-${n}`, grp, n })))).toBe(11_000);
    expect(await things.count({ grp })).toBe(11_000);
    expect(await things.remove({ grp, n: gte(1) })).toBe(10_999);
  });

  it('are read page by page, each once, though their order has ties and others are added and removed meanwhile', async () => {
    const grp = fresh('g');
    const start = many(30, (n) => ({ id: `${grp}-${String(n).padStart(2, '0')}`, grp, n: n % 3 }));
    await things.insertMany(start);
    for (const isDescending of [false, true]) {
      const seen: string[] = [];
      for (let after: Thing | undefined; ;) {
        const page = await things.page({ grp }, { by: 'n', isDescending, limit: 7, after });
        if (!page.length) break;
        seen.push(...page.map(({ id }) => id));
        after = page.at(-1);
        await things.remove({ id: after!.id });
        // Behind and before what was read.
        await things.insertMany([
          { id: fresh('new'), grp: `${grp}x`, n: 1 },
          { id: `${grp}-0`, grp, n: isDescending ? 9 : -1 },
        ]);
        await things.insert({ id: after!.id, grp, n: after!.n });
      }
      expect(seen).toHaveLength(30);
      expect(new Set(seen)).toEqual(new Set(start.map(({ id }) => id)));
      await things.remove({ id: `${grp}-0` });
    }
    expect(await things.page({ grp }, { limit: 0 })).toEqual([]);
  });
});

describe('values from outside', () => {
  const HOSTILE = [
    "'; drop table app.lease; --",
    '"',
    '$1',
    '$where',
    '{"$gt":""}',
    'a.b',
    '\\',
    '%',
    '\u{1F6AB}',
    ' ',
    '',
  ];

  it.each(HOSTILE)('are values, whatever they hold: %j', async (text) => {
    const id = `${fresh('a')}${text}`;
    expect(await things.insert({ id, grp: text, facts: { text } })).toBe(true);
    expect(await things.update({ id, grp: text }, { grp: `${text}2` })).toBe(1);
    expect(await things.claim({ id, grp: `${text}2` }, { grp: text })).toEqual({
      ...EMPTY,
      id,
      grp: text,
      facts: { text },
    });
    expect(await things.takeOver({ id, n: 1 }, { grp: not(text) })).toBe(false);
    expect(await things.remove({ id, grp: oneOf([text]) })).toBe(1);
  });

  it.each([{ $gt: '' }, ['a', { $ne: 1 }], 'a\0b', Number.NaN, new Date('never'), { operator: 'ne', operand: 'x' }])(
    'are refused where they could act as more than a value: %j',
    async (value) => {
      const where = { id: value } as never;
      const refused = { code: 'VALIDATION_ERROR' };
      await expect(things.find(where)).rejects.toMatchObject(refused);
      await expect(things.remove(where)).rejects.toMatchObject(refused);
      await expect(things.insert({ id: fresh('a'), grp: value as never })).rejects.toMatchObject(refused);
    },
  );

  it.each([
    { deep: ['a\0b'] },
    { 'a\0b': 1 },
    { _bsontype: 'ObjectId' },
    { a: { $ref: 'x', $id: 1 } },
    JSON.parse('{"__proto__":1}'),
  ])('are refused as JSON that a database could not keep: %j', async (facts: unknown) => {
    await expect(things.insert({ id: fresh('a'), facts })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  });

  it('may look like an escape in JSON', async () => {
    const id = fresh('a');
    const facts = { text: 'a\\u0000b', quoted: '"_bsontype":' };
    await things.insert({ id, facts });
    expect((await things.find({ id }))?.facts).toEqual(facts);
  });
});

describe('mistakes in code', () => {
  it.each<object>([{ id: undefined }, { nope: 1 }, { 'id" = id or "id': 1 }, { constructor: 'x' }])(
    'are said before anything is asked: %j',
    async (where) => {
      await expect(things.remove(where as never)).rejects.toThrow(/has no value|is no column/);
    },
  );

  it('are a row without its key, a change of nothing, and a name that is none', async () => {
    await expect(things.insert({ grp: 'x' })).rejects.toThrow(/needs its "id"/);
    await expect(things.update({ id: 'x' }, {})).rejects.toThrow(/changes something/);
    const columns = { id: 'plain' } as const;
    expect(() => new Table<{ id: string }>({ table: 'a"; drop', key: ['id'], columns })).toThrow(
      /cannot have the name/,
    );
    expect(() => new Table<{ id: string }>({ key: ['id'], columns })).toThrow(/of a table or of a class/);
  });
});

describe('a Parse class', () => {
  const sessions = new Table<{
    objectId: string;
    createdAt: Date;
    user: string;
    family: string;
    used_at: Date | null;
    _rperm: string[];
  }>({
    className: 'RefreshToken',
    key: ['objectId'],
    columns: {
      objectId: 'plain',
      createdAt: 'plain',
      user: { pointerTo: '_User' },
      family: 'plain',
      used_at: 'plain',
      _rperm: 'plain',
    },
  });

  it('is written as Parse writes it: pointers, dates of a row, absent for null', async () => {
    const [objectId, user, family] = [newObjectId(), newObjectId(), fresh('family')];
    const createdAt = new Date('2026-01-01T00:00:00Z');
    const row = { objectId, createdAt, user, family, used_at: null, _rperm: ['role:admin'] };
    await sessions.insert(row);
    expect(await sessions.find({ user, createdAt: gt(new Date(0)) })).toEqual(row);
    const db = database();
    if (db.kind === 'postgres') {
      const { rows } = await db.pool.query('select "user", used_at from "RefreshToken" where family = $1', [family]);
      expect(rows).toEqual([{ user, used_at: null }]);
    } else {
      expect(await db.db.collection('RefreshToken').findOne({ family })).toEqual({
        _id: objectId,
        _created_at: createdAt,
        _p_user: `_User$${user}`,
        family,
        _rperm: ['role:admin'],
      });
    }
    expect(await sessions.remove({ user: oneOf([user, 'other']) })).toBe(1);
  });

  it('keeps ids that hold a $', () => {
    expect(toMongoPointer('_User', 'a$b')).toBe('_User$a$b');
    expect(fromMongoPointer('_User$a$b')).toBe('a$b');
  });
});

describe('a duplicate', () => {
  const insertTwice = async (): Promise<unknown> => {
    const code = 'index: other_index';
    const db = database();
    const insert = (id: string): Promise<unknown> =>
      db.kind === 'postgres'
        ? db.pool.query(`insert into app.${NAME} (id, code) values ($1, $2)`, [id, code])
        : db.db.collection<{ _id: string }>(`app_${NAME}`).insertOne({ _id: id, code } as never);
    await things.remove({ code });
    await insert(fresh('a'));
    return insert(fresh('b')).then(
      () => undefined,
      (error: unknown) => error,
    );
  };

  it('is known by its index, not by the text of its values', async () => {
    const error = await insertTwice();
    expect(isDuplicate(error)).toBe(true);
    expect(isDuplicate(error, 'unique')).toBe(true);
    expect(isDuplicate(error, 'other_index')).toBe(false);
  });

  it.each([undefined, null, 'x', new Error('x'), { code: '23503' }, { code: '11000' }])('is not %p', (error) => {
    expect(isDuplicate(error)).toBe(false);
  });
});

(LANE === 'mongo' ? describe.skip : describe)('in a transaction of PostgreSQL', () => {
  it('a row that was written is gone when the transaction fails', async () => {
    const db = database();
    if (db.kind !== 'postgres') throw new Error('This is for PostgreSQL.');
    const id = fresh('a');
    const failing = inTransaction(db.pool, async (client) => {
      expect(await things.on(client).insert({ id })).toBe(true);
      expect(await things.find({ id })).toBeUndefined();
      throw new Error('back');
    });
    await expect(failing).rejects.toThrow('back');
    expect(await things.find({ id })).toBeUndefined();
  });
});

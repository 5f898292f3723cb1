import type { Collection, Db, Document, Filter } from 'mongodb';
import type { Dialect } from './dialect';
import { duplicatesOf } from './duplicate';
import { mongoCollection, mongoName, type Shape } from './shape';
import { fromMongo, given, keyOf, toMongo } from './values';
import { listsOf, testsOf, type Test, type Where } from './where';

/** Documents of one command. */
const BATCH = 10_000;

export function mongoDialect<Row>(shape: Shape<Row>, db: Db): Dialect<Row> {
  const rows: Collection<Document> = db.collection(mongoCollection(shape));
  const filter = (where: Where<Row>): Filter<Document> => condition(shape, where);
  return {
    async insertMany(added) {
      const documents = added.map((row) => toDocument(shape, row));
      let count = 0;
      for (let start = 0; start < documents.length; start += BATCH)
        count += await insertAbsent(rows, documents.slice(start, start + BATCH));
      return count;
    },
    async put(row, when) {
      const key = Object.fromEntries(keyOf(shape, row)) as Where<Row>;
      const others = given(shape, row).filter(([column]) => !shape.key.includes(column as keyof Row & string));
      const where = { $and: [filter(key), ...(when ? [filter(when)] : [])] };
      // Not by an upsert: of two at once it may fail, and it would copy the conditions into the row.
      for (let isLastTry = false; ; isLastTry = true) {
        if (others.length) {
          const change = changeOf(shape, Object.fromEntries(others) as Partial<Row>);
          if ((await rows.updateOne(where, change)).matchedCount) return true;
        }
        if (await insertAbsent(rows, [toDocument(shape, row)])) return true;
        if (when || !others.length || isLastTry) return false;
      }
    },
    async list(where, { order = [], limit, offset, after }) {
      const found = rows.find(after ? { $and: [filter(where), behind(shape, order, after)] } : filter(where));
      if (order.length)
        found.sort(new Map(order.map(([column, way]) => [mongoName(shape, column), way === 'asc' ? 1 : -1])));
      // 0 means "all" there.
      if (limit === 0) return [];
      if (limit !== undefined) found.limit(limit);
      if (offset) found.skip(offset);
      return (await found.toArray()).map((row) => fromMongo(shape, row));
    },
    count: (where) => rows.countDocuments(filter(where)),
    update: async (where, change) => (await rows.updateMany(filter(where), changeOf(shape, change))).matchedCount,
    async claim(where, change) {
      const found = await rows.findOneAndUpdate(filter(where), changeOf(shape, change), { returnDocument: 'after' });
      return found ? fromMongo(shape, found) : undefined;
    },
    remove: async (where) => (await rows.deleteMany(filter(where))).deletedCount,
  };
}

async function insertAbsent(rows: Collection<Document>, documents: Document[]): Promise<number> {
  if (!documents.length) return 0;
  try {
    return (await rows.insertMany(documents, { ordered: false })).insertedCount;
  } catch (error) {
    // The error's own count is not to be trusted: some servers count the refused.
    return documents.length - duplicatesOf(error).length;
  }
}

/** Absent instead of null, as Parse does it: unique indexes are sparse. */
function toDocument<Row>(shape: Shape<Row>, row: Partial<Row>): Document {
  keyOf(shape, row);
  const fields = given(shape, row).filter(([, value]) => value !== null);
  return Object.fromEntries(fields.map(([column, value]) => [mongoName(shape, column), toMongo(shape, column, value)]));
}

function changeOf<Row>(shape: Shape<Row>, change: Partial<Row>): Document {
  const set: Document = {};
  const unset: Document = {};
  for (const [column, value] of given(shape, change)) {
    if (value === null) unset[mongoName(shape, column)] = '';
    else set[mongoName(shape, column)] = toMongo(shape, column, value);
  }
  const parts = Object.entries({ $set: set, $unset: unset }).filter(([, part]) => Object.keys(part).length);
  if (!parts.length) throw new Error('A change changes something.');
  return Object.fromEntries(parts);
}

function condition<Row>(shape: Shape<Row>, where: Where<Row>): Filter<Document> {
  const lists = listsOf(where).map((all): Filter<Document> => {
    const tests = testsOf(all).map(([column, test]) => testFilter(shape, column, test));
    return tests.length ? { $and: tests } : {};
  });
  if (lists.length === 1) return lists[0]!;
  // An empty $or is refused there.
  return lists.length ? { $or: lists } : { _id: { $in: [] } };
}

function testFilter<Row>(shape: Shape<Row>, column: string, test: Test): Filter<Document> {
  const name = mongoName(shape, column);
  const value = (one: unknown): unknown => toMongo(shape, column, one);
  const bare = { [test.operator === 'json' ? `${name}.${test.field}` : name]: bareTest(test, value) };
  return test.orNull ? { $or: [{ [name]: { $eq: null } }, bare] } : bare;
}

function bareTest({ operator, operand }: Test, value: (one: unknown) => unknown): Document {
  if (operator === 'json') return { $eq: operand };
  if (operator === 'in') return { $in: (operand as unknown[]).map(value) };
  if (operator === 'between') {
    const [from, to] = operand as [unknown, unknown];
    return { $gte: value(from), $lt: value(to) };
  }
  return { [`$${operator}`]: value(operand) };
}

/** Rows behind one in the order; all columns go the same way. */
function behind<Row>(
  shape: Shape<Row>,
  order: readonly (readonly [string, 'asc' | 'desc'])[],
  after: Partial<Row>,
): Filter<Document> {
  const value = (column: string): unknown => toMongo(shape, column, after[column as keyof Row]);
  return {
    $or: order.map(([column, way], index) => ({
      ...Object.fromEntries(order.slice(0, index).map(([equal]) => [mongoName(shape, equal), { $eq: value(equal) }])),
      [mongoName(shape, column)]: { [way === 'desc' ? '$lt' : '$gt']: value(column) },
    })),
  };
}

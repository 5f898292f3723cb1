import { createPerson } from '../factories/people';
import { connectLive, type LiveClient } from '../harness/live-client';
import { waitFor } from '../harness/app';
import { changeRow, deleteRow, newOwnClass, readableBy, saveRow } from './support/own-class';

let className: string;
let client: LiveClient;
beforeAll(async () => {
  className = await newOwnClass();
  client = await connectLive();
});
afterAll(() => client.close());

test('tells of creating, updating, leaving, entering and deleting, with what the row was before', async () => {
  const { requestId } = await client.follow(className, { color: 'red' });
  const id = await saveRow(className, { color: 'red', size: 1 });
  await changeRow(className, id, { size: 2 });
  await changeRow(className, id, { color: 'blue' });
  await changeRow(className, id, { size: 3 });
  await changeRow(className, id, { color: 'red' });
  await deleteRow(className, id);
  await client.hears(requestId, 'delete', id);
  const told = client.events(requestId).map(({ op, object, original }) => ({
    op,
    row: [object.color, object.size],
    ...(original ? { was: [original.color, original.size] } : {}),
  }));
  expect(told).toEqual([
    { op: 'create', row: ['red', 1] },
    { op: 'update', row: ['red', 2], was: ['red', 1] },
    { op: 'leave', row: ['blue', 2], was: ['red', 2] },
    { op: 'enter', row: ['red', 3], was: ['blue', 3] },
    { op: 'delete', row: ['red', 3] },
  ]);
  expect(client.events(requestId)[1]).toMatchObject({
    object: { className, objectId: id, createdAt: expect.any(String), updatedAt: expect.any(String) },
  });
});

const date = (iso: string): object => ({ __type: 'Date', iso });
const place = (latitude: number, longitude: number): object => ({ __type: 'GeoPoint', latitude, longitude });
/** Name, condition, a row that fulfils it, one that does not. */
const CONDITIONS: readonly [string, object, object, object][] = [
  ['equal', { a1: 'x' }, { a1: 'x' }, { a1: 'y' }],
  ['one of a list', { a2: 'x' }, { a2: ['x', 'y'] }, { a2: ['y'] }],
  ['no value', { a3: null, text: 'no value' }, { text: 'no value' }, { text: 'no value', a3: 'x' }],
  ['$ne', { a4: { $ne: 1, $exists: true } }, { a4: 2 }, { a4: 1 }],
  ['$gt', { a5: { $gt: 1 } }, { a5: 2 }, { a5: 1 }],
  ['$gt and no value', { a6: { $gt: 1 } }, { a6: 2 }, { text: 'nothing' }],
  [
    '$lte of a date',
    { a7: { $lte: date('2024-01-01T00:00:00.000Z') } },
    { a7: date('2023-01-01T00:00:00.000Z') },
    { a7: date('2025-01-01T00:00:00.000Z') },
  ],
  ['$in', { a8: { $in: ['x', 'y'] } }, { a8: 'y' }, { a8: 'z' }],
  ['$nin', { a9: { $nin: ['x'], $exists: true } }, { a9: 'y' }, { a9: 'x' }],
  ['$all', { b1: { $all: ['x', 'y'] } }, { b1: ['y', 'x', 'z'] }, { b1: ['x'] }],
  ['$exists', { b2: { $exists: true } }, { b2: false }, { text: 'nothing' }],
  ['startsWith', { b3: { $regex: '^\\Qa.b\\E' } }, { b3: 'a.bc' }, { b3: 'aXbc' }],
  ['$regex with options', { b4: { $regex: '^ad[ae]+$', $options: 'i' } }, { b4: 'ADA' }, { b4: 'Bob' }],
  [
    'a pointer',
    { b5: { __type: 'Pointer', className: '_User', objectId: 'abc' } },
    { b5: { __type: 'Pointer', className: '_User', objectId: 'abc' } },
    { b5: { __type: 'Pointer', className: '_User', objectId: 'abd' } },
  ],
  ['inside an object', { 'b6.c': { $gte: 5 } }, { b6: { c: 5 } }, { b6: { c: 4 } }],
  ['an object', { b7: { c: 1 } }, { b7: { c: 1 } }, { b7: { c: 2 } }],
  ['$or', { $or: [{ b8: 1 }, { b8: 2 }] }, { b8: 2 }, { b8: 3 }],
  ['$and', { $and: [{ b9: { $gt: 1 } }, { b9: { $lt: 3 } }] }, { b9: 2 }, { b9: 3 }],
  ['$nor', { $nor: [{ c1: 1 }], c1: { $exists: true } }, { c1: 2 }, { c1: 1 }],
  [
    '$nearSphere',
    { c2: { $nearSphere: place(10, 10), $maxDistance: 0.1 } },
    { c2: place(10, 11) },
    { c2: place(50, 11) },
  ],
  [
    '$within',
    { c2: { $within: { $box: [place(30, 30), place(40, 40)] } } },
    // A class of MongoDB's holds one field for places.
    { c2: place(35, 35) },
    { c2: place(60, 35) },
  ],
  ['$containedBy', { c4: { $containedBy: ['x', 'y'] } }, { c4: ['x'] }, { c4: ['x', 'z'] }],
];

test('compares as a find does', async () => {
  const own = await newOwnClass();
  const asked = await Promise.all(CONDITIONS.map(async ([, where]) => (await client.follow(own, where)).requestId));
  const expected: string[] = [];
  for (const [name, , right, wrong] of CONDITIONS) {
    await saveRow(own, { name, ...wrong });
    expected.push(await saveRow(own, { name, ...right }));
  }
  const all = asked.at(-1)!;
  await client.hears(all, 'create', expected.at(-1)!);
  const heard = asked.map((requestId, index) => [
    CONDITIONS[index]![0],
    client.events(requestId).map(({ object }) => object.objectId),
  ]);
  expect(heard).toEqual(CONDITIONS.map(([name], index) => [name, [expected[index]]]));
});

test('keeps conditions apart that differ beside $or', async () => {
  const either = [{ size: 1 }, { size: 2 }];
  const { requestId: a } = await client.follow(className, { $or: either, kind: 'beside a' });
  const { requestId: b } = await client.follow(className, { $or: either, kind: 'beside b' });
  const id = await saveRow(className, { size: 1, kind: 'beside b' });
  await client.hears(b, 'create', id);
  expect(client.events(a)).toEqual([]);
});

test('gives the chosen fields, and is quiet about changes of fields that are not watched', async () => {
  const { requestId: chosen } = await client.follow(className, { kind: 'a' }, { keys: ['size'] });
  const { requestId: watching } = await client.follow(className, { kind: 'a' }, { watch: ['size'] });
  const id = await saveRow(className, { kind: 'a', size: 1, color: 'red' });
  await changeRow(className, id, { color: 'blue' });
  await changeRow(className, id, { size: 2 });
  await client.hears(watching, 'update', id);
  await waitFor(() => client.events(chosen).length === 3);
  expect(client.events(watching).map(({ op, object }) => [op, object.size])).toEqual([
    ['create', 1],
    ['update', 2],
  ]);
  const last = client.events(chosen)[2]!;
  expect(last.object).toMatchObject({ objectId: id, size: 2 });
  expect(last.original).toMatchObject({ objectId: id, size: 1 });
  expect([last.object.color, last.original.color]).toEqual([undefined, undefined]);
});

test('ends with unsubscribing; an update changes condition and session', async () => {
  const person = await createPerson();
  const { requestId } = await client.follow(className, { kind: 'x' });
  client.send({ op: 'unsubscribe', requestId });
  await waitFor(() => client.messages.some((got) => got.op === 'unsubscribed' && got.requestId === requestId));
  const { requestId: changed } = await client.follow(className, { kind: 'x' });
  const query = { className, where: { kind: 'y' } };
  client.send({ op: 'update', requestId: changed, query, sessionToken: person.sessionToken });
  await waitFor(() => client.messages.filter((got) => got.op === 'subscribed' && got.requestId === changed)[1]);
  await saveRow(className, { kind: 'x' });
  const id = await saveRow(className, { kind: 'y', ACL: readableBy(person.id) });
  await client.hears(changed, 'create', id);
  expect(client.events(changed)).toHaveLength(1);
  expect(client.events(requestId)).toEqual([]);
});

test('takes messages in their order: connecting, subscribing and ending sent at once', async () => {
  const quick = await connectLive();
  const query = { className, where: {} };
  quick.send({ op: 'subscribe', requestId: 1, query });
  quick.send({ op: 'unsubscribe', requestId: 1 });
  quick.send({ op: 'subscribe', requestId: 2, query });
  await waitFor(() => quick.messages.some((got) => got.op === 'subscribed' && got.requestId === 2));
  const id = await saveRow(className, {});
  await quick.hears(2, 'create', id);
  expect(quick.messages.slice(1, 4).map(({ op }) => op)).toEqual(['subscribed', 'unsubscribed', 'subscribed']);
  expect(quick.events(1)).toEqual([]);
  quick.close();
});

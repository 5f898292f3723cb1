import SchemaCache from 'parse-server/lib/Adapters/Cache/SchemaCache';
import { SchemaController, type StoredSchema } from 'parse-server/lib/Controllers/SchemaController';
import { keepNewestClasses } from '../../core/parse/schema-reads';

type Read = (classes: StoredSchema[]) => void;

/** Of a database whose reads end in the order that the test wants. Its constructor would ask for a whole Parse Server. */
const reads: Read[] = [];
const controller = (): SchemaController =>
  Object.assign(Object.create(SchemaController.prototype) as SchemaController, {
    _dbAdapter: { getAllClasses: () => new Promise((resolve) => reads.push(resolve)) },
  });
const withColumns = (...names: string[]): StoredSchema[] => [
  {
    className: 'Thing',
    fields: Object.fromEntries(names.map((name) => [name, { type: 'String' }])),
    classLevelPermissions: {},
  },
];
const columns = (schema: { fields: object } | undefined): string[] => Object.keys(schema?.fields ?? {});

beforeAll(keepNewestClasses);

it.each([
  ['in their order', [0, 1]],
  ['the newer one first', [1, 0]],
])('of two reads of all classes that end %s, the newer one counts', async (_what, order) => {
  reads.length = 0;
  const [older, newer] = [controller(), controller()];
  const done = [older.reloadData({ clearCache: true }), newer.reloadData({ clearCache: true })];
  const answers = [withColumns('first'), withColumns('first', 'added')];
  for (const place of order) {
    reads[place]!(answers[place]!);
    await done[place];
  }
  expect(columns(SchemaCache.get('Thing'))).toContain('added');
  expect(columns(newer.schemaData['Thing'])).toContain('added');
  // The older one, too, when it ends last.
  expect(columns(older.schemaData['Thing']).includes('added')).toBe(order[1] === 0);
});

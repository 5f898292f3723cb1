export const PASSWORD = 'Correct-horse-9';
/** Ann is a user, Bob one with the role `editors`. */
export const PEOPLE = ['ann', 'bob'];

type Fields = Record<string, { type: string; targetClass?: string }>;
interface FixtureClass {
  className: string;
  fields: Fields;
  classLevelPermissions: object;
}

const EVERYTHING = {
  find: {},
  get: {},
  count: {},
  create: {},
  update: {},
  delete: {},
  addField: {},
  protectedFields: {},
};
const forAll = (who: string): object =>
  Object.fromEntries(Object.keys(EVERYTHING).map((name) => [name, name === 'protectedFields' ? {} : { [who]: true }]));
const OPEN = forAll('*');

const field = (type: string, targetClass?: string): Fields[string] => ({
  type,
  ...(targetClass ? { targetClass } : {}),
});

const NOTE_FIELDS: Fields = {
  text: field('String'),
  n: field('Number'),
  list: field('Array'),
  o: field('Object'),
  at: field('Date'),
  bytes: field('Bytes'),
  spot: field('GeoPoint'),
  area: field('Polygon'),
  link: field('Pointer', 'ParStudio'),
  links: field('Relation', 'ParStudio'),
  flag: field('Boolean'),
  file: field('File'),
  owner: field('Pointer', '_User'),
};

const notes = (className: string, classLevelPermissions: object): FixtureClass => ({
  className,
  fields: { ...NOTE_FIELDS },
  classLevelPermissions,
});

/** Made by the master key on both servers, permissions given: what a class has without them differs on purpose. */
export const CLASSES: FixtureClass[] = [
  {
    className: 'ParStudio',
    fields: { name: field('String'), city: field('String'), parent: field('Pointer', 'ParStudio') },
    classLevelPermissions: OPEN,
  },
  {
    className: 'ParGame',
    fields: {
      title: field('String'),
      score: field('Number'),
      tags: field('Array'),
      played: field('Date'),
      won: field('Boolean'),
      meta: field('Object'),
      spot: field('GeoPoint'),
      studio: field('Pointer', 'ParStudio'),
      partners: field('Relation', 'ParStudio'),
      owner: field('Pointer', '_User'),
      note: field('String'),
    },
    classLevelPermissions: OPEN,
  },
  notes('ParNote', OPEN),
  notes('ParTrigger', OPEN),
  notes('ParLive', OPEN),
  notes('ParLiveSecret', OPEN),
  notes('ParClosed', {
    ...forAll('*'),
    find: {},
    get: {},
    count: {},
    create: {},
    update: {},
    delete: {},
    addField: {},
  }),
  notes('ParReadOnly', { ...forAll('*'), create: {}, update: {}, delete: {}, addField: {} }),
  notes('ParSignedIn', forAll('requiresAuthentication')),
  notes('ParEditors', forAll('role:editors')),
  notes('ParOwned', {
    ...forAll('requiresAuthentication'),
    find: {},
    get: {},
    count: {},
    update: {},
    delete: {},
    addField: {},
    readUserFields: ['owner'],
    writeUserFields: ['owner'],
  }),
  notes('ParProtected', { ...OPEN, protectedFields: { '*': ['text'], 'role:editors': [] } }),
];

/** What the app adds to accounts. */
export const USER_COLUMNS: Fields = {
  nickname: field('String'),
  level: field('Number'),
  tastes: field('Object'),
  seen: field('Array'),
  favourite: field('Pointer', 'ParStudio'),
  studios: field('Relation', 'ParStudio'),
  avatar: field('File'),
};

export const STUDIOS: Record<string, object> = {
  north: { name: 'North', city: 'Oslo' },
  south: { name: 'South', city: 'Rome' },
};

const date = (iso: string): object => ({ __type: 'Date', iso });
const pointer = (className: string, objectId?: string): object => ({ __type: 'Pointer', className, objectId });

export function GAMES(names: Readonly<Record<string, string>>): Record<string, object> {
  const [north, south] = [pointer('ParStudio', names['north']), pointer('ParStudio', names['south'])];
  const ann = pointer('_User', names['ann']);
  return {
    alpha: {
      title: 'Alpha',
      score: 10,
      tags: ['red', 'blue'],
      played: date('2020-01-01T10:00:00.000Z'),
      won: true,
      meta: { level: 1, deep: { x: 'a' } },
      spot: { __type: 'GeoPoint', latitude: 59.9, longitude: 10.7 },
      studio: north,
      partners: { __op: 'AddRelation', objects: [south] },
      owner: ann,
    },
    beta: {
      title: 'Beta',
      score: 20,
      tags: ['blue'],
      played: date('2020-02-01T10:00:00.000Z'),
      won: false,
      meta: { level: 2 },
      studio: south,
    },
    gamma: {
      title: 'Gamma',
      score: 30,
      tags: ['green', 'red', 'blue'],
      played: date('2020-03-01T10:00:00.000Z'),
      won: true,
      studio: north,
      note: 'kept',
    },
    delta: { title: 'Delta', score: -5.5, tags: [], won: false, meta: { level: 3, deep: { x: 'b' } } },
    epsilon: {
      title: 'epsilon',
      score: 0,
      played: date('2021-01-01T00:00:00.000Z'),
      note: null,
      owner: ann,
      studio: south,
    },
    zeta: { title: 'Zeta 100% _x_', score: 1e15, tags: ['ünïcode', '🙂'], won: true, note: 'it\'s "quoted" \\ back' },
    hidden: { title: 'Hidden', score: 99, ACL: { [names['ann']!]: { read: true, write: true } } },
    editorial: { title: 'Editorial', score: 98, ACL: { 'role:editors': { read: true, write: true } } },
  };
}

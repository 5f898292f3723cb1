const note = (Parse, fields) => new Parse.Object('ParNote', fields);
const again = (Parse, row) => new Parse.Query(row.className).get(row.id);

module.exports = {
  'a row is saved and fetched': async (Parse) => {
    const row = await note(Parse, { text: 'sdk', n: 1, flag: true }).save();
    return [row, await again(Parse, row)];
  },
  'a change sends what is dirty': async (Parse) => {
    const row = await note(Parse, { text: 'sdk', n: 1 }).save();
    row.set('text', 'changed');
    const dirty = row.dirtyKeys();
    await row.save();
    return [dirty, row.dirty(), await again(Parse, row)];
  },
  increment: async (Parse) => {
    const row = await note(Parse, { n: 1 }).save();
    row.increment('n', 4).decrement('n');
    await row.save();
    return [row.get('n'), await again(Parse, row)];
  },
  'add, addUnique and remove': async (Parse) => {
    const row = await note(Parse, { list: ['a'] }).save();
    row.add('list', 'b');
    await row.save();
    row.addUnique('list', 'b');
    await row.save();
    row.remove('list', 'a');
    await row.save();
    return [row.get('list'), await again(Parse, row)];
  },
  'addAll, addAllUnique and removeAll': async (Parse) => {
    const row = await note(Parse, { list: [1] }).save();
    await row.save(row.addAll('list', [2, 3]) && null);
    await row.save(row.addAllUnique('list', [3, 4]) && null);
    await row.save(row.removeAll('list', [1, 2]) && null);
    return again(Parse, row);
  },
  unset: async (Parse) => {
    const row = await note(Parse, { text: 'x', n: 1 }).save();
    row.unset('text');
    await row.save();
    return [row.has('text'), await again(Parse, row)];
  },
  'nested keys': async (Parse) => {
    const row = await note(Parse, { o: { a: 1, b: { c: 2 } } }).save();
    row.set('o.b.c', 3);
    row.increment('o.a');
    await row.save();
    return [row.get('o'), await again(Parse, row)];
  },
  'dates, bytes, points and polygons': async (Parse) => {
    const row = await note(Parse, {
      at: new Date('2020-02-02T02:02:02.002Z'),
      spot: new Parse.GeoPoint(1.5, -2.5),
      area: new Parse.Polygon([
        [0, 0],
        [0, 1],
        [1, 1],
      ]),
    }).save();
    const read = await again(Parse, row);
    return [read, read.get('at') instanceof Date, read.get('spot') instanceof Parse.GeoPoint];
  },
  destroy: async (Parse) => {
    const row = await note(Parse, { text: 'x' }).save();
    await row.destroy();
    return again(Parse, row);
  },
  'a row that is gone is saved': async (Parse) => {
    const row = await note(Parse, { text: 'x' }).save();
    await row.destroy();
    return row.save({ text: 'y' });
  },
  'pointers are saved along': async (Parse) => {
    const studio = new Parse.Object('ParStudio', { name: 'Along', city: 'Sdk' });
    const row = await note(Parse, { text: 'x', link: studio }).save();
    return new Parse.Query('ParNote').include('link').get(row.id);
  },
  relations: async (Parse, { names }) => {
    const row = note(Parse, { text: 'related' });
    const [north, south] = ['north', 'south'].map((name) =>
      Parse.Object.extend('ParStudio').createWithoutData(names[name]),
    );
    row.relation('links').add([north, south]);
    await row.save();
    row.relation('links').remove(north);
    await row.save();
    return row.relation('links').query().ascending('name').find();
  },
  saveAll: async (Parse) => {
    const rows = Array.from({ length: 30 }, (_, n) => note(Parse, { text: 'all', n }));
    const saved = await Parse.Object.saveAll(rows);
    return [saved.length, saved.every(({ id }) => Boolean(id))];
  },
  'saveAll with one that is refused': async (Parse) => {
    try {
      return await Parse.Object.saveAll([note(Parse, { text: 'fine' }), note(Parse, { n: 'not a number' })]);
    } catch (error) {
      return [error.code, error.message, error.errors?.length];
    }
  },
  destroyAll: async (Parse) => {
    const rows = await Parse.Object.saveAll([note(Parse, { text: 'd' }), note(Parse, { text: 'd' })]);
    await Parse.Object.destroyAll(rows);
    return new Parse.Query('ParNote')
      .containedIn(
        'objectId',
        rows.map(({ id }) => id),
      )
      .count();
  },
  'fetchAll and fetchWithInclude': async (Parse, { names }) => {
    const rows = [names.alpha, names.beta].map((id) => Parse.Object.extend('ParGame').createWithoutData(id));
    await Parse.Object.fetchAll(rows);
    const game = await Parse.Object.extend('ParGame').createWithoutData(names.alpha).fetchWithInclude('studio');
    return [rows.map((row) => row.get('title')), game.get('studio').get('name')];
  },
  exists: async (Parse, { names }) => [
    await Parse.Object.extend('ParGame').createWithoutData(names.alpha).exists(),
    await Parse.Object.extend('ParGame').createWithoutData('xxxxxxxxxx').exists(),
  ],
  'a class that is not there': (Parse) => new Parse.Object('ParNoSdkClass', { a: 1 }).save(),
  'a context reaches the trigger': async (Parse) => {
    const row = await new Parse.Object('ParTrigger', { text: 'context' }).save(null, { context: { from: 'sdk' } });
    return row;
  },
  'a trigger refuses': (Parse) => new Parse.Object('ParTrigger', { text: 'refuse' }).save(),
  'a trigger changes what the SDK then has': async (Parse) => {
    const row = await new Parse.Object('ParTrigger', { text: 'upper' }).save();
    return row.get('text');
  },
  'a row is copied': async (Parse) => {
    const row = await note(Parse, { text: 'one', list: [1] }).save();
    return (await row.clone().save()).id !== row.id;
  },
  'a subclass of one’s own': async (Parse) => {
    class ParNote extends Parse.Object {
      constructor(fields) {
        super('ParNote', fields);
      }
      shout() {
        return this.get('text').toUpperCase();
      }
    }
    const row = await new ParNote({ text: 'loud' }).save();
    return row.shout();
  },
  'an ACL': async (Parse, { names }) => {
    await Parse.User.become(names.annSession);
    const row = note(Parse, { text: 'private' });
    row.setACL(new Parse.ACL(Parse.User.current()));
    await row.save();
    const mine = await again(Parse, row);
    await Parse.User.become(names.bobSession);
    return [mine.getACL().toJSON(), await again(Parse, row).catch((error) => error.code)];
  },
};

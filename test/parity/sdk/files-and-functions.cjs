const asAnn = (ask) => async (Parse, side) => {
  await Parse.User.become(side.names.annSession);
  return ask(Parse, side);
};
const bytes = (text) => [...Buffer.from(text)];

module.exports = {
  'a file of bytes': asAnn(async (Parse) => {
    const file = await new Parse.File('sdk.txt', bytes('Hello'), 'text/plain').save();
    return [file.name(), file.url()];
  }),
  'a file of base64': asAnn(async (Parse) =>
    (await new Parse.File('sdk.txt', { base64: 'SGVsbG8=' }, 'text/plain').save()).url(),
  ),
  'a file without a session': async (Parse) => new Parse.File('sdk.txt', bytes('Hello'), 'text/plain').save(),
  'a file is attached and read': asAnn(async (Parse) => {
    const file = await new Parse.File('photo.png', bytes('not really'), 'image/png').save();
    const row = await new Parse.Object('ParNote', { file }).save();
    const read = (await new Parse.Query('ParNote').get(row.id)).get('file');
    const response = await fetch(read.url());
    return [read.name(), response.status, await response.text(), response.headers.get('content-type')];
  }),
  'a file goes along with its row': asAnn(async (Parse) => {
    const row = await new Parse.Object('ParNote', {
      file: new Parse.File('along.txt', bytes('x'), 'text/plain'),
    }).save();
    return row.get('file').name();
  }),
  'a file is destroyed by the master key': asAnn(async (Parse) => {
    const file = await new Parse.File('gone.txt', bytes('x'), 'text/plain').save();
    await file.destroy({ useMasterKey: true });
    return (await fetch(file.url())).status;
  }),
  'a page is refused': asAnn((Parse) => new Parse.File('page.html', bytes('<script>'), 'text/html').save()),
  'a function': (Parse) => Parse.Cloud.run('parEcho', { a: 1, at: new Date('2020-01-01T00:00:00Z') }),
  'a function that returns a row': (Parse) => Parse.Cloud.run('parObject'),
  'a function that returns rows': (Parse) => Parse.Cloud.run('parObjects'),
  'a function that returns dates': async (Parse) => (await Parse.Cloud.run('parNested')).at instanceof Date,
  'a function gets a row': (Parse, { names }) =>
    Parse.Cloud.run('parTypes', {
      row: Parse.Object.extend('ParStudio').createWithoutData(names.north),
      at: new Date(0),
      point: new Parse.GeoPoint(1, 2),
    }),
  'a function that fails with a code': (Parse) => Parse.Cloud.run('parParseError'),
  'a function that fails': (Parse) => Parse.Cloud.run('parError'),
  'a function that is not there': (Parse) => Parse.Cloud.run('parNothingThere'),
  'a function that needs a user': (Parse) => Parse.Cloud.run('parNeedsUser'),
  'a function knows its caller': asAnn((Parse) =>
    Parse.Cloud.run('parWho').then(({ user, username }) => ({ user, username })),
  ),
  'a job by the master key': async (Parse) => typeof (await Parse.Cloud.startJob('parJob', {})) === 'string',
  'the names of jobs': async (Parse) =>
    (await Parse.Cloud.getJobsData()).jobs.filter((name) => name.startsWith('par')).sort(),
  'the config': async (Parse) => {
    await Parse.Config.save({ sdkA: 1, sdkB: 'secret' }, { sdkB: true });
    const open = await Parse.Config.get();
    const whole = await Parse.Config.get({ useMasterKey: true });
    return [open.get('sdkA'), open.get('sdkB'), whole.get('sdkB')];
  },
  'an installation': async (Parse) => {
    const installation = new Parse.Installation({ deviceType: 'web', installationId: 'sdk-installation' });
    await installation.save();
    return Boolean(installation.id);
  },
  'a push that nobody can send': (Parse) => Parse.Push.send({ channels: ['x'], data: { alert: 'x' } }),
  'a schema': async (Parse) => {
    const schema = new Parse.Schema('ParSdkSchema');
    schema.addString('name').addNumber('n', { required: true, defaultValue: 3 }).addPointer('link', 'ParStudio');
    schema.setCLP({ find: { '*': true }, get: {}, count: {}, create: {}, update: {}, delete: {}, addField: {} });
    await schema.save();
    await new Parse.Schema('ParSdkSchema').addDate('at').deleteField('name').update();
    const read = await new Parse.Schema('ParSdkSchema').get();
    await new Parse.Schema('ParSdkSchema').delete();
    return [Object.keys(read.fields).sort(), read.classLevelPermissions];
  },
  'the server’s health': (Parse) => Parse.getServerHealth(),
  'an event of one’s own': (Parse) => Parse.Analytics.track('parEvent', { a: 'b' }),
};

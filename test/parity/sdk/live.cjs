const LIMIT_MS = 15_000;

/** Subscribes, does what is to be heard of, and gives the events in order once there are so many. */
async function heard(Parse, query, count, act, token) {
  const subscription = await query.subscribe(token);
  const events = [];
  const enough = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`heard only ${JSON.stringify(events)}`)), LIMIT_MS).unref();
    for (const name of ['create', 'update', 'enter', 'leave', 'delete'])
      subscription.on(name, (row, original) => {
        events.push([name, row.get('text'), ...(typeof original?.get === 'function' ? [original.get('text')] : [])]);
        if (events.length >= count) resolve();
      });
    subscription.on('error', (error) => reject(new Error(`subscription: ${error.message ?? error}`)));
  });
  try {
    await subscription.subscribePromise;
    await act();
    await enough;
    return events;
  } finally {
    await subscription.unsubscribe();
  }
}

const row = (Parse, fields) => new Parse.Object('ParLive', fields);
const watch = (Parse, text) => new Parse.Query('ParLive').startsWith('text', text);

module.exports = {
  'create, update and delete': (Parse) =>
    heard(Parse, watch(Parse, 'cud'), 3, async () => {
      const made = await row(Parse, { text: 'cud 1' }).save();
      await made.save({ text: 'cud 2' });
      await made.destroy();
    }),
  'enter and leave': (Parse) =>
    heard(Parse, watch(Parse, 'in'), 2, async () => {
      const made = await row(Parse, { text: 'out' }).save();
      await made.save({ text: 'in' });
      await made.save({ text: 'out' });
    }),
  'numbers above a limit': (Parse) =>
    heard(Parse, watch(Parse, 'limit').greaterThan('n', 5), 1, async () => {
      await row(Parse, { text: 'limit low', n: 1 }).save();
      await row(Parse, { text: 'limit high', n: 9 }).save();
    }),
  'a row of one’s own': async (Parse, { names }) => {
    await Parse.User.become(names.annSession);
    return heard(
      Parse,
      watch(Parse, 'own'),
      1,
      async () => {
        const secret = row(Parse, { text: 'own bob' });
        secret.setACL(new Parse.ACL(Parse.User.createWithoutData(names.bob)));
        await secret.save(null, { sessionToken: names.bobSession });
        const mine = row(Parse, { text: 'own ann' });
        mine.setACL(new Parse.ACL(Parse.User.current()));
        await mine.save();
      },
      names.annSession,
    );
  },
  'a row of a role': async (Parse, { names }) => {
    await Parse.User.become(names.bobSession);
    return heard(
      Parse,
      watch(Parse, 'role'),
      1,
      async () => {
        const mine = row(Parse, { text: 'role editors' });
        const acl = new Parse.ACL();
        acl.setRoleReadAccess('editors', true);
        mine.setACL(acl);
        await mine.save();
      },
      names.bobSession,
    );
  },
  'the end': async (Parse) => {
    await Parse.LiveQuery.close();
    return true;
  },
};

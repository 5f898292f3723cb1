// An app with the JavaScript SDK, as its developer would write it; prints its result as one line of JSON.
const Parse = require('parse/node');

const [task, text] = process.argv.slice(2);
const { url, appId, unique, password } = JSON.parse(text);
Parse.initialize(appId);
Parse.serverURL = url;
Parse.User.enableUnsafeCurrentUser();

const signUp = (name, fields = {}) => new Parse.User({ username: `${name}-${unique}`, password, ...fields }).signUp();
const codeOf = (work) => work.then(() => 'done').catch((error) => error.code);

const TASKS = {
  async events() {
    const ann = await signUp('ann');
    const row = await new Parse.Object('Event').save({
      event_type: 'level_done',
      properties: { level: 3 },
      event_id: 'one',
    });
    const found = await new Parse.Query('Event').equalTo('event_type', 'level_done').find();
    const changed = await codeOf(row.save({ event_type: 'other' }));
    const removed = await codeOf(row.destroy());
    await Parse.User.logOut();
    const bob = await signUp('bob');
    const seenByOther = await new Parse.Query('Event').find();
    const own = await new Parse.Object('Event').save({ event_type: 'level_done', event_id: 'one' });
    const asOther = await codeOf(new Parse.Object('Event', { event_type: 'x', user: ann }).save());
    return {
      found: found.map((event) => [
        event.id === row.id,
        event.get('properties').level,
        event.get('user').id === ann.id,
      ]),
      changed,
      removed,
      seenByOther: seenByOther.length,
      own: own.get('user').id === bob.id,
      asOther,
    };
  },
  async self() {
    const ann = await signUp('ann', { email: `ann-${unique}@example.com` });
    const { id } = ann;
    await Parse.User.logOut();
    const bob = await signUp('bob');
    await Parse.User.logOut();
    const back = await Parse.User.logIn(`ann-${unique}`, password);
    const email = `ann-${unique}@example.com`;
    const become = await Parse.User.become(back.getSessionToken());
    const me = await Parse.User.current().fetch();
    // Others may have opened theirs.
    const ofBoth = () => new Parse.Query(Parse.User).containedIn('objectId', [id, bob.id]);
    const found = (await new Parse.Query(Parse.User).limit(1000).find()).map((user) => user.id);
    const first = await ofBoth().first();
    const count = await ofBoth().count();
    const got = await new Parse.Query(Parse.User).get(id);
    return {
      emails: [back, become, me, first, got].map((user) => user.get('email') === email),
      found: [found.includes(id), found.includes(bob.id)],
      count,
    };
  },
  async roles() {
    const ann = await signUp('ann');
    const acl = new Parse.ACL(ann);
    acl.setPublicReadAccess(true);
    const role = await new Parse.Role(`Team ${unique}`, acl).save();
    const child = await new Parse.Role(`Juniors ${unique}`, acl).save();
    const name = role.getName();
    await Parse.User.logOut();
    const bob = await signUp('bob');
    const joining = bob && role.getUsers().add(bob) && (await codeOf(role.save()));
    await Parse.User.logOut();
    await Parse.User.logIn(`ann-${unique}`, password);
    child.getUsers().add(bob);
    await child.save();
    role.getUsers().add(ann);
    role.getRoles().add(child);
    await role.save();
    const mine = await new Parse.Query(Parse.Role).equalTo('users', ann).find();
    const ofBob = await codeOf(new Parse.Query(Parse.Role).equalTo('users', bob).find());
    const members = await role.getUsers().query().find();
    return {
      name,
      joining,
      mine: mine.map((one) => one.getName()),
      ofBob,
      members: members.map(({ id }) => id === ann.id),
    };
  },
  async leave() {
    const ann = await signUp('ann', { email: `ann-${unique}@example.com` });
    const sessionToken = ann.getSessionToken();
    await ann.destroy();
    return {
      id: ann.id,
      session: await codeOf(Parse.User.become(sessionToken)),
      login: await codeOf(Parse.User.logIn(`ann-${unique}`, password)),
      again: await signUp('ann', { email: `ann-${unique}@example.com` }).then(() => 'done'),
    };
  },
  async anonymous() {
    const guest = await Parse.AnonymousUtils.logIn();
    const { id } = guest;
    const wasLinked = Parse.AnonymousUtils.isLinked(guest);
    const note = await new Parse.Object('Event').save({ event_type: 'first' });
    guest.set('username', `ann-${unique}`);
    guest.set('password', password);
    await guest.signUp();
    await Parse.User.logOut();
    const ann = await Parse.User.logIn(`ann-${unique}`, password);
    const events = await new Parse.Query('Event').find();
    return {
      sameId: ann.id === id,
      wasLinked,
      isLinked: Parse.AnonymousUtils.isLinked(await ann.fetch()),
      events: events.map((event) => event.id === note.id),
      id,
    };
  },
};

TASKS[task]().then(
  (result) => process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0)),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

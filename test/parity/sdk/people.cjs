const PASSWORD = 'Correct-horse-9';
const mail = (name) => `sdk-${name}@example.com`;
const signUp = (Parse, name, more = {}) => Parse.User.signUp(mail(name), PASSWORD, more);
const summary = (user) => ({
  username: user.getUsername(),
  email: user.getEmail(),
  hasToken: Boolean(user.getSessionToken()),
  isCurrent: user.isCurrent(),
});

module.exports = {
  'signs up': async (Parse) => summary(await signUp(Parse, 'up')),
  'signs up with fields': async (Parse) => {
    const user = await signUp(Parse, 'fields', { nickname: 'Nick', level: 3 });
    return [user.get('nickname'), (await user.fetch()).get('level')];
  },
  'signs up twice': async (Parse) => {
    await signUp(Parse, 'twice');
    await Parse.User.logOut();
    return signUp(Parse, 'twice');
  },
  'signs up with a short password': {
    differs: ['passwords', 'error 142'],
    ask: (Parse) => Parse.User.signUp(mail('short'), 'abc'),
  },
  'signs up without a name': (Parse) => Parse.User.signUp('', PASSWORD),
  'logs in': async (Parse) => {
    await signUp(Parse, 'in');
    await Parse.User.logOut();
    return summary(await Parse.User.logIn(mail('in'), PASSWORD));
  },
  'logs in by GET': async (Parse) => {
    await signUp(Parse, 'inget');
    await Parse.User.logOut();
    return summary(await Parse.User.logIn(mail('inget'), PASSWORD, { usePost: false }));
  },
  'a wrong password': async (Parse) => {
    await signUp(Parse, 'wrong');
    await Parse.User.logOut();
    return Parse.User.logIn(mail('wrong'), 'Wrong-horse-9');
  },
  'logs out': async (Parse) => {
    const user = await signUp(Parse, 'out');
    const token = user.getSessionToken();
    await Parse.User.logOut();
    return [Parse.User.current(), await Parse.User.become(token).catch((error) => error.code)];
  },
  become: async (Parse, { names }) => summary(await Parse.User.become(names.annSession)),
  'become with an invalid token': (Parse) => Parse.User.become('r:nonsense'),
  me: async (Parse, { names }) => summary(await Parse.User.me(names.annSession)),
  'a sign-up while the stored session is stale': async (Parse) => {
    const first = await signUp(Parse, 'stale1');
    await new Parse.Query(Parse.Session)
      .equalTo('sessionToken', first.getSessionToken())
      .first({ useMasterKey: true })
      .then((session) => session.destroy({ useMasterKey: true }));
    return summary(await signUp(Parse, 'stale2'));
  },
  'a login while the stored session is stale': async (Parse) => {
    const first = await signUp(Parse, 'stale3');
    await new Parse.Query(Parse.Session)
      .equalTo('sessionToken', first.getSessionToken())
      .first({ useMasterKey: true })
      .then((session) => session.destroy({ useMasterKey: true }));
    return summary(await Parse.User.logIn(mail('stale3'), PASSWORD));
  },
  'changes a field': async (Parse) => {
    const user = await signUp(Parse, 'change');
    await user.save({ nickname: 'New', seen: ['sweet'] });
    return [user.get('nickname'), (await user.fetch()).get('seen')];
  },
  'a pointer and a relation of a user': async (Parse, { names }) => {
    const user = await signUp(Parse, 'pointer');
    const north = Parse.Object.extend('ParStudio').createWithoutData(names.north);
    user.set('favourite', north);
    user.relation('studios').add(north);
    await user.save();
    return (await user.relation('studios').query().find()).map((row) => row.get('name'));
  },
  'changes another': async (Parse, { names }) => {
    await Parse.User.become(names.annSession);
    return Parse.User.createWithoutData(names.bob).save({ nickname: 'x' });
  },
  'changes the password': async (Parse) => {
    const user = await signUp(Parse, 'pass');
    user.setPassword('Another-horse-9');
    await user.save();
    await Parse.User.logOut();
    return summary(await Parse.User.logIn(mail('pass'), 'Another-horse-9'));
  },
  'finds oneself': async (Parse, { names }) => {
    await Parse.User.become(names.annSession);
    return (await new Parse.Query(Parse.User).equalTo('username', 'ann@example.com').find()).map((user) =>
      user.getUsername(),
    );
  },
  'gets oneself by id': async (Parse, { names }) => {
    await Parse.User.become(names.annSession);
    return (await new Parse.Query(Parse.User).get(names.ann)).get('email');
  },
  'closes the account': async (Parse) => {
    const user = await signUp(Parse, 'close');
    await user.destroy();
    return Parse.User.logIn(mail('close'), PASSWORD);
  },
  'verifies a password': async (Parse) => {
    await signUp(Parse, 'verify');
    return (await Parse.User.verifyPassword(mail('verify'), PASSWORD)).username;
  },
  'an anonymous start': async (Parse) => {
    const user = await Parse.AnonymousUtils.logIn();
    return [Parse.AnonymousUtils.isLinked(user), Boolean(user.getSessionToken())];
  },
  'an anonymous becomes a real account': {
    differs: ['anonymous-upgrade', 'value'],
    ask: async (Parse) => {
      const user = await Parse.AnonymousUtils.logIn();
      await user.save({ username: mail('upgraded'), password: PASSWORD });
      await Parse.User.logOut();
      const again = await Parse.User.logIn(mail('upgraded'), PASSWORD);
      return [again.id === user.id, Parse.AnonymousUtils.isLinked(again)];
    },
  },
  'the current session': async (Parse) => {
    await signUp(Parse, 'session');
    const session = await Parse.Session.current();
    return [Boolean(session.getSessionToken()), session.get('createdWith')];
  },
  'asks for a password reset': {
    differs: ['mail', 'value'],
    ask: (Parse) => Parse.User.requestPasswordReset(mail('nobody')),
  },
  'asks for a verification mail': {
    differs: ['mail', 'value'],
    ask: (Parse) => Parse.User.requestEmailVerification(mail('nobody')),
  },
  'logs in as another by the master key': async (Parse, { names }) =>
    (await Parse.User.loginAs(names.ann)).getUsername(),
  'a role by the master key': async (Parse, { names }) => {
    const role = new Parse.Role('sdkRole', new Parse.ACL());
    role.getUsers().add(Parse.User.createWithoutData(names.ann));
    await role.save(null, { useMasterKey: true });
    return (await role.getUsers().query().find({ useMasterKey: true })).length;
  },
  'a role by a user': async (Parse, { names }) => {
    await Parse.User.become(names.annSession);
    return (await new Parse.Role('sdkAnns', new Parse.ACL(Parse.User.current())).save()).getName();
  },
  'a role opens a row': async (Parse, { names }) => {
    await Parse.User.become(names.bobSession);
    const bob = await new Parse.Query('ParGame').get(names.editorial);
    await Parse.User.become(names.annSession);
    return [bob.get('title'), await new Parse.Query('ParGame').get(names.editorial).catch((error) => error.code)];
  },
};

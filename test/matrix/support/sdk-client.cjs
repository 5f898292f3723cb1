// A client application with the JavaScript SDK; prints its result as one line of JSON.
const Parse = require('parse/node');

const [task, text] = process.argv.slice(2);
const { url, appId, email, password } = JSON.parse(text);
Parse.initialize(appId);
Parse.serverURL = url;

const newPurchase = (channel) =>
  new Parse.Object('Purchase', { total: 5, currency: 'EUR', channel, purchased_at: new Date() });
const query = (channel) => new Parse.Query('Purchase').equalTo('channel', channel);
const unique = () => `c${process.pid}${Date.now()}`;

const TASKS = {
  health: () => Parse.Cloud.run('getHealth'),
  async listUsers() {
    const sessionToken = (await Parse.User.logIn(email, password)).getSessionToken();
    return Parse.Cloud.run('listUsers', { limit: 1 }, { sessionToken });
  },
  async purchase() {
    const sessionToken = (await Parse.User.logIn(email, password)).getSessionToken();
    const channel = unique();
    const row = await newPurchase(channel).save(null, { sessionToken });
    const found = await query(channel).count({ sessionToken });
    await row.save({ source: 'web' }, { sessionToken });
    const again = await new Parse.Query('Purchase').get(row.id, { sessionToken });
    await row.destroy({ sessionToken });
    const left = await query(channel).count({ sessionToken });
    return { found, changed: again.get('source'), left, tenant: Boolean(again.get('tenant')?.id) };
  },
  async saveAll() {
    const sessionToken = (await Parse.User.logIn(email, password)).getSessionToken();
    const channel = unique();
    const rows = Array.from({ length: 25 }, () => newPurchase(channel));
    await Parse.Object.saveAll(rows, { sessionToken });
    const found = (await query(channel).find({ sessionToken })).length;
    await Parse.Object.destroyAll(rows, { sessionToken });
    return { saved: rows.filter(({ id }) => id).length, found };
  },
  async refusal() {
    const sessionToken = (await Parse.User.logIn(email, password)).getSessionToken();
    try {
      await newPurchase('x').save({ no_such_field: 1 }, { sessionToken });
      return {};
    } catch (error) {
      return { code: error.code, own: JSON.parse(error.message).code };
    }
  },
};

TASKS[task]().then(
  (result) => process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0)),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

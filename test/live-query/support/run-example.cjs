// A client application with the JavaScript SDK; prints what it was shown as one line of JSON.
const { readFileSync } = require('node:fs');
const path = require('node:path');
const Parse = require('parse/node');

const [task, text] = process.argv.slice(2);
const options = JSON.parse(text);
const shown = [];
const show = (...words) => shown.push(words);

async function until(isSo) {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const TASKS = {
  /** The example of docs/live-query.md, as it stands there. */
  async example() {
    const page = readFileSync(path.join(__dirname, '../../../docs/live-query.md'), 'utf8');
    const code = /```js\n(.*?)```/s.exec(page)[1];
    const names = ['Parse', 'url', 'email', 'password', 'room', 'show'];
    const { url, email, password, room } = options;
    await new Function(...names, `return (async () => {${code}})()`)(Parse, url, email, password, room, show);
    await until(() => shown.length === 5);
  },
  async reconnect() {
    Parse.initialize('appbackend');
    Parse.serverURL = options.url;
    const sessionToken = (await Parse.User.logIn(options.email, options.password)).getSessionToken();
    const refused = await new Parse.Query('_User').subscribe(sessionToken).catch((error) => error);
    show('refused', refused.code);
    const client = await Parse.CoreManager.getLiveQueryController().getDefaultLiveQueryClient();
    const query = new Parse.Query('Message').equalTo('room', options.room).select('text');
    const [one, two] = [await query.subscribe(sessionToken), await query.subscribe(sessionToken)];
    for (const subscription of [one, two])
      subscription.on('create', (message) => show('create', message.get('text'), message.get('room') ?? null));
    let opened = 0;
    for (const subscription of [one, two]) subscription.on('open', () => (opened += 1));
    await until(() => opened === 2);
    client.socket.close();
    await until(() => opened === 4);
    await new Parse.Object('Message').save({ room: options.room, text: 'again' }, { sessionToken });
    await until(() => shown.length === 3);
    await one.unsubscribe();
    two.on('error', (reason) => show('ended', reason));
    const again = (await Parse.User.logIn(options.email, options.password)).getSessionToken();
    await fetch(`${options.url}/logout`, {
      method: 'POST',
      headers: { 'X-Parse-Application-Id': 'appbackend', 'X-Parse-Session-Token': sessionToken },
    });
    while (!shown.some(([word]) => word === 'ended')) {
      await new Parse.Object('Message').save({ room: options.room }, { sessionToken: again });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  },
};

TASKS[task]().then(
  () => process.stdout.write(`${JSON.stringify(shown)}\n`, () => process.exit(0)),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

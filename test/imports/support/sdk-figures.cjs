// A mobile client with the JavaScript SDK: logs in, asks for figures by cloud function, prints them as JSON.
const Parse = require('parse/node');

const { url, appId, email, password, calls } = JSON.parse(process.argv[2]);
Parse.initialize(appId);
Parse.serverURL = url;

(async () => {
  const sessionToken = (await Parse.User.logIn(email, password)).getSessionToken();
  const answers = [];
  for (const [name, params] of calls) answers.push(await Parse.Cloud.run(name, params, { sessionToken }));
  console.log(JSON.stringify(answers));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});

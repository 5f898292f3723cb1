// What a suite with parse-server-test-runner does; prints its findings as one line of JSON.
const { dropDB, parseServerState, startParseServer, stopParseServer } = require('parse-server-test-runner');

async function main([databaseURI, port]) {
  const serverURL = `http://127.0.0.1:${port}/1`;
  await startParseServer({
    databaseURI,
    port: Number(port),
    serverURL,
    appId: 'runner',
    masterKey: 'runner-master-key',
    logsFolder: null,
    verifyServerUrl: false,
    allowClientClassCreation: true,
    cloud: (Parse) => Parse.Cloud.define('hello', ({ params }) => `hello ${params.name}`),
  });
  const { parseServer, mongoConnection } = parseServerState;
  await parseServer.ready;
  const Parse = require('parse/node');
  await Parse.Object.saveAll([new Parse.Object('Thing', { n: 1 }), new Parse.Object('Thing', { n: 2 })]);
  const count = () => new Parse.Query('Thing').exists('objectId').count();
  const saved = await count();
  const hello = await Parse.Cloud.run('hello', { name: 'Ada' });
  await dropDB();
  const left = await count();
  await stopParseServer();
  await parseServer.server.config.databaseController.adapter.handleShutdown();
  await mongoConnection.closeAsync();
  console.log(JSON.stringify({ saved, hello, left, stopped: true }));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});

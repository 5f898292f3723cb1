// The yardstick: a plain Parse Server of the installed version, as it comes. Only what it cannot
// start without is set: keys, addresses, the database, a place for files where GridFS is none.
const http = require('node:http');
const path = require('node:path');
const express = require('express');
const { ParseServer, ParseGraphQLServer, FileSystemAdapter } = require('parse-server');

const { port, databaseUri, masterKey, cloud, filesDir, liveClasses, options } = JSON.parse(process.env.PLAIN_SETTINGS);
const url = `http://127.0.0.1:${port}`;

async function main() {
  const parse = new ParseServer({
    appId: 'appbackend',
    masterKey,
    maintenanceKey: `${masterKey}-maintenance`,
    databaseURI: databaseUri,
    serverURL: `${url}/parse`,
    publicServerURL: `${url}/parse`,
    cloud,
    liveQuery: { classNames: liveClasses },
    verifyServerUrl: false,
    logsFolder: null,
    silent: true,
    ...options,
    ...(databaseUri.startsWith('mongodb') ? {} : { filesAdapter: filesBelow(filesDir) }),
  });
  await parse.start();
  const app = express();
  app.use('/parse', parse.app);
  new ParseGraphQLServer(parse, { graphQLPath: '/graphql' }).applyGraphQL(app);
  const server = http.createServer(app);
  await ParseServer.createLiveQueryServer(server);
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  process.send({ type: 'ready' });
}

const filesBelow = (folder) =>
  new FileSystemAdapter({ filesSubDirectory: path.join('..', path.relative(process.cwd(), folder)) });

process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
main().catch((error) => {
  console.error(error);
  process.exit(1);
});

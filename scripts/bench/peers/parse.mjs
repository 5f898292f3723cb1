// The peer of our cloud function and of the import: Parse Server as it comes, on its own database.
import http from 'node:http';
import express from 'express';
import Parse from 'parse/node';
import { createRequire } from 'node:module';

const { default: ParseServer } = createRequire(import.meta.url)('parse-server');
const body = JSON.parse(process.env.BODY ?? '{}');
const port = Number(process.env.PORT);
const parse = new ParseServer({
  appId: 'appbackend',
  masterKey: 'bench-master-key',
  maintenanceKey: 'bench-maintenance-key',
  databaseURI: process.env.DATABASE_URI,
  serverURL: `http://127.0.0.1:${port}/parse`,
  logsFolder: null,
  logLevel: 'error',
  verifyServerUrl: false,
  allowClientClassCreation: true,
  cloud: () => Parse.Cloud.define('figures', () => body),
});
await parse.start();
const app = express();
app.use('/parse', parse.app);
const server = http.createServer(app).listen(port, '127.0.0.1', () => process.send?.({ type: 'ready' }));
process.on('message', () => server.close(() => process.exit(0)));
process.on('disconnect', () => process.exit(0));

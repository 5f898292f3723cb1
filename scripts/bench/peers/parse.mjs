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
/** Saves `count` rows as an importer without us would: Parse objects in `saveAll`. Answers rows a second. */
app.post('/save-all', async (req, res) => {
  const count = Number(req.query.count);
  const rows = Array.from({ length: count }, (_, index) => {
    const row = new Parse.Object('Purchase');
    row.set({
      tenant_id: 'bench',
      customer_id: `c${index % 500}`,
      total: index / 100,
      total_minor: index,
      currency: 'USD',
      status: 'paid',
      purchased_at: new Date(1_600_000_000_000 + index * 1000),
      items: [{ quantity: 1, amount: index / 100 }],
    });
    return row;
  });
  const startedAt = performance.now();
  await Parse.Object.saveAll(rows, { useMasterKey: true });
  res.json({ rowsPerSecond: count / ((performance.now() - startedAt) / 1000) });
});
const server = http.createServer(app).listen(port, '127.0.0.1', () => process.send({ type: 'ready' }));
process.on('message', () => server.close(() => process.exit(0)));
process.on('disconnect', () => process.exit(0));

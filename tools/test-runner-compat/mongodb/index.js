// Stand-in for the callback driver 2.2 that parse-server-test-runner uses for one thing:
// emptying the database. It serves both databases Parse Server 9 knows.
const path = require('node:path');
const projectRoot = path.resolve(__dirname, '../../..');
const load = (name) => require(require.resolve(name, { paths: [projectRoot] }));
const KEPT = ['_SCHEMA', '_Role', '_Idempotency'];

async function openPostgres(uri) {
  const { Client } = load('pg');
  const client = new Client({ connectionString: uri });
  await client.connect();
  return {
    async dropDatabase() {
      const { rows } = await client.query("select tablename from pg_tables where schemaname = 'public'");
      const tables = rows.map((row) => row.tablename).filter((name) => !KEPT.includes(name));
      if (tables.length) await client.query(`truncate ${tables.map((name) => `"${name}"`).join(', ')}`);
    },
    close: () => client.end(),
  };
}

async function openMongo(uri) {
  const client = await new (load('mongodb').MongoClient)(uri).connect();
  return { dropDatabase: () => client.db().dropDatabase(), close: () => client.close() };
}

const callback = (promise, done) => promise.then((value) => done(null, value), done);

exports.MongoClient = {
  connect(uri, done) {
    const opened = uri.startsWith('postgres') ? openPostgres(uri) : openMongo(uri);
    const wrapped = opened.then((db) => ({
      dropDatabase: (cb) => callback(db.dropDatabase(), cb),
      close: (cb) => callback(db.close(), cb ?? (() => {})),
    }));
    callback(wrapped, done);
  },
};

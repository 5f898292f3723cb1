import path from 'node:path';
import { uniqueName } from '../../factories/ids';
import { createPerson } from '../../factories/people';
import { spawnWorker, testServer, waitFor } from '../../harness/app';
import { connectLive } from '../../harness/live-client';
import { startExtraServer, type ExtraServer } from '../../frame/support/extra-server';
import { changeRow, newOwnClass, readableBy, saveRow } from './own-class';

const HOST = path.join(__dirname, '../fixtures/live-host.cjs');

/** Held to by both transports: PostgreSQL's notifications and Redis. */
export function describeAcrossProcesses(): void {
  let other: ExtraServer;
  beforeAll(async () => {
    const { env, dataDir } = testServer();
    const { DATABASE_URI = '', MONGODB_URL = '' } = env;
    other = await startExtraServer({ DATABASE_URI, MONGODB_URL, DATA_DIR: dataDir });
  });
  afterAll(() => other.stop());

  test('a save in one web process reaches who follows in another, with what the row was, in order', async () => {
    const className = await newOwnClass();
    const person = await createPerson();
    const client = await connectLive({ url: other.url, sessionToken: person.sessionToken });
    const { requestId } = await client.follow(className);
    const hidden = await saveRow(className, { ACL: {} });
    // Larger than one notification of PostgreSQL, and no ASCII.
    const text = 'ö€😀'.repeat(5000);
    const id = await saveRow(className, { text, count: 0, ACL: readableBy(person.id) });
    for (let count = 1; count <= 5; count += 1) await changeRow(className, id, { count });
    await waitFor(() => client.events(requestId).length === 6);
    expect(client.events(requestId).map(({ op, object, original }) => [op, object.count, original?.count])).toEqual([
      ['create', 0, undefined],
      ...[1, 2, 3, 4, 5].map((count) => ['update', count, count - 1]),
    ]);
    expect(client.events(requestId)[5]).toMatchObject({ object: { text, objectId: id } });
    expect(JSON.stringify(client.messages)).not.toContain(hidden);
    client.close();
  });

  test('cloud code that saves in a worker is heard', async () => {
    const className = await newOwnClass();
    const client = await connectLive();
    const { requestId } = await client.follow(className);
    const worker = spawnWorker(testServer(), { HOST_CLOUD_CODE: HOST });
    const made = new Promise<string>((resolve) =>
      worker.on('message', (message: { type?: string; id?: string }) => {
        if (message.type === 'ready') worker.send({ save: className });
        else if (message.id) resolve(message.id);
      }),
    );
    await client.hears(requestId, 'create', await made);
    client.close();
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    worker.kill('SIGTERM');
    await exited;
  });

  test('a process that comes later learns what is followed already', async () => {
    const className = await newOwnClass();
    const client = await connectLive();
    const { requestId } = await client.follow(className);
    const { DATABASE_URI = '', MONGODB_URL = '' } = testServer().env;
    const late = await startExtraServer({ DATABASE_URI, MONGODB_URL, DATA_DIR: testServer().dataDir });
    const headers = { 'X-Parse-Application-Id': 'appbackend', 'X-Parse-Master-Key': testServer().masterKey };
    const made = await late.api('POST', `/parse/classes/${className}`, { headers, body: { text: uniqueName() } });
    expect(made.status).toBe(201);
    await client.hears(requestId, 'create', made.body.objectId);
    client.close();
    await late.stop();
  });
}

import { once } from 'node:events';
import { WebSocket } from 'undici';
import { parseRest, testServer, waitFor } from './app';

export interface LiveQuery {
  /** The last progress heard of a job. */
  progressOf(objectId: string): number | undefined;
  close(): void;
}

export interface WatchedJob {
  /** Changes the job and waits until an administrator has heard of it; true when the owner heard of it too. */
  isHeardByOwner(): Promise<boolean>;
  close(): void;
}

/** A subscriber to every DataJob he may see, as an SDK would be one. */
export async function openLiveQuery(sessionToken: string): Promise<LiveQuery> {
  const socket = new WebSocket(testServer().url.replace(/^http/, 'ws'));
  const progress = new Map<string, number>();
  const seen = new Set<string>();
  socket.addEventListener('message', ({ data }) => {
    const { op, object } = JSON.parse(String(data)) as { op: string; object?: { objectId: string; progress: number } };
    seen.add(op);
    if (object) progress.set(object.objectId, object.progress);
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ op: 'connect', applicationId: 'appbackend', sessionToken }));
  await waitFor(() => seen.has('connected'));
  const query = { className: 'DataJob', where: {} };
  socket.send(JSON.stringify({ op: 'subscribe', requestId: 1, query, sessionToken }));
  await waitFor(() => seen.has('subscribed'));
  return { progressOf: (objectId) => progress.get(objectId), close: () => socket.close() };
}

/** A job of the owner's, to which he and an administrator subscribe. */
export async function watchJob(
  owner: { id: string; session: string; tenantId: string },
  admin: { session: string },
): Promise<WatchedJob> {
  const master = { masterKey: true } as const;
  const ACL = { [owner.id]: { read: true }, 'role:admin': { read: true } };
  const tenant = { __type: 'Pointer', className: 'Tenant', objectId: owner.tenantId };
  const job = { job_id: `job_${owner.id}`, tenant, ACL, progress: 0 };
  const made = await parseRest('POST', '/classes/DataJob', { ...master, body: job });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  const id: string = made.body.objectId;
  const [theirs, ours] = [await openLiveQuery(owner.session), await openLiveQuery(admin.session)];
  let progress = 0;
  return {
    isHeardByOwner: async () => {
      progress += 1;
      await parseRest('PUT', `/classes/DataJob/${id}`, { ...master, body: { progress } });
      await waitFor(() => ours.progressOf(id) === progress);
      return theirs.progressOf(id) === progress;
    },
    close: () => {
      theirs.close();
      ours.close();
    },
  };
}

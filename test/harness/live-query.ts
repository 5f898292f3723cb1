import { parseRest, waitFor } from './app';
import { connectLive } from './live-client';

interface HeardJob {
  objectId: string;
  job_id: string;
  status: string;
  progress: number;
}

export interface LiveQuery {
  /** Every job heard of, as it was last. */
  jobs(): HeardJob[];
  /** What was heard of a job first: `create`, `update`, … */
  first(objectId: string): string | undefined;
  close(): void;
}

export interface WatchedJob {
  /** Changes the job and waits until an administrator has heard of it; true when the owner heard of it too. */
  isHeardByOwner(): Promise<boolean>;
  close(): void;
}

/** A subscriber to every DataJob he may see, as an SDK would be one. */
export async function openLiveQuery(sessionToken: string): Promise<LiveQuery> {
  const client = await connectLive({ sessionToken });
  const { requestId } = await client.follow('DataJob');
  const heard = (): { op: string; object: HeardJob }[] => client.events<HeardJob>(requestId);
  return {
    jobs: () => [...new Map(heard().map(({ object }) => [object.objectId, object])).values()],
    first: (objectId) => heard().find(({ object }) => object.objectId === objectId)?.op,
    close: () => client.close(),
  };
}

/** A job of the owner's, to which he and an administrator subscribe. */
export async function watchJob(
  owner: { id: string; sessionToken: string; tenantId: string },
  admin: { sessionToken: string },
): Promise<WatchedJob> {
  const master = { masterKey: true } as const;
  const ACL = { [owner.id]: { read: true }, 'role:admin': { read: true } };
  const tenant = { __type: 'Pointer', className: 'Tenant', objectId: owner.tenantId };
  const job = { job_id: `job_${owner.id}`, tenant, ACL, progress: 0 };
  const made = await parseRest('POST', '/classes/DataJob', { ...master, body: job });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  const id: string = made.body.objectId;
  const [theirs, ours] = [await openLiveQuery(owner.sessionToken), await openLiveQuery(admin.sessionToken)];
  let progress = 0;
  return {
    isHeardByOwner: async () => {
      progress += 1;
      await parseRest('PUT', `/classes/DataJob/${id}`, { ...master, body: { progress } });
      const hears = (who: LiveQuery): boolean =>
        who.jobs().some((heard) => heard.objectId === id && heard.progress === progress);
      await waitFor(() => hears(ours));
      return hears(theirs);
    },
    close: () => {
      theirs.close();
      ours.close();
    },
  };
}

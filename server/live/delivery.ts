import { isDeepStrictEqual } from 'node:util';
import type Parse from 'parse/node';
import type { Client, LiveSocket, Push } from 'parse-server/lib/LiveQuery/Client';
import type { ParseLiveQueryServer, RequestAuth } from 'parse-server/lib/LiveQuery/ParseLiveQueryServer';
import type { Subscription } from 'parse-server/lib/LiveQuery/Subscription';
import type { LiveChange } from '../../core/parse/live/live-hub';
import { assertMayFollow, classRights, maySee, operationOf, shownTo, type ClassRights } from './class-rights';
import { runAfterEvent, type LiveEvent } from './host-triggers';
import { refusalOf, refuse } from './refusal';
import { viewerOf, type Viewer } from './viewer';

type Row = Record<string, unknown>;

/** The server that the clients are connected to. */
interface LiveConnections extends Pick<
  ParseLiveQueryServer,
  'clients' | 'subscriptions' | '_inflateParseObject' | '_matchesSubscription'
> {
  counts(): { clients: number; subscriptions: number };
  hostAuth(sessionToken: string | undefined): Promise<RequestAuth | undefined>;
  end(socket: LiveSocket, requestId: number, error: unknown): void;
  putOut(client: Client, reason: string): void;
}

/** A change with its rows as clients get them. */
interface Told {
  op: LiveChange['op'];
  row: Row;
  original: Row | null;
}

/** Whether the row fulfilled the subscription's condition, before and after. */
interface Matches {
  was: boolean;
  is: boolean;
}

/** An expression that takes longer with one row holds up everybody. */
const SLOW_MS = 50;
const MAX_SLOW = 3;
/** Events that wait for one client's rights to be looked up. */
const MAX_WAITING = 2000;

/**
 * Who hears what of a change: each subscriber what a find of his would give him at this moment, before
 * and after the change. Upstream asks the class's pointer permissions of the new row alone, knows of no
 * roles there, and lets two events overtake each other.
 */
export class LiveDelivery {
  /** One client's events keep their order. */
  private readonly lines = new WeakMap<Client, { last: Promise<void>; waiting: number }>();

  private readonly slow = new WeakMap<Client, number>();

  constructor(private readonly live: LiveConnections) {}

  deliver(change: LiveChange): void {
    const subscriptions = this.live.subscriptions.get(change.className);
    if (!subscriptions) return;
    const told = this.inflate(change);
    for (const subscription of subscriptions.values()) {
      const matches = this.compare(subscription, told);
      if (!matches.was && !matches.is) continue;
      for (const [clientId, requestIds] of subscription.clientRequestIds) {
        const client = this.live.clients.get(clientId);
        if (!client) continue;
        for (const requestId of requestIds)
          this.inLine(client, () => this.tell({ client, requestId, subscription }, told, matches));
      }
    }
  }

  /** The form that upstream gives rows, with className. */
  private inflate({ op, row, original }: LiveChange): Told {
    const message = { currentParseObject: row, ...(original ? { originalParseObject: original } : {}) };
    this.live._inflateParseObject(message);
    const rows = message as unknown as { currentParseObject: Parse.Object; originalParseObject?: Parse.Object };
    return {
      op,
      row: rows.currentParseObject.toJSON(),
      original: rows.originalParseObject?.toJSON() ?? null,
    };
  }

  private compare(subscription: Subscription, { row, original }: Told): Matches {
    const began = performance.now();
    const matches = { was: this.fulfils(original, subscription), is: this.fulfils(row, subscription) };
    if (performance.now() - began > SLOW_MS && hasExpression(subscription)) this.blame(subscription);
    return matches;
  }

  /** A machine that was busy at that moment is no fault: only who does it again is put out, and pays for coming back. */
  private blame({ clientRequestIds }: Subscription): void {
    for (const clientId of [...clientRequestIds.keys()]) {
      const client = this.live.clients.get(clientId);
      if (!client) continue;
      const times = (this.slow.get(client) ?? 0) + 1;
      this.slow.set(client, times);
      if (times >= MAX_SLOW) this.live.putOut(client, 'A regular expression takes too long.');
    }
  }

  private fulfils(row: Row | null, subscription: Subscription): boolean {
    try {
      return row !== null && this.live._matchesSubscription(row, subscription);
    } catch {
      // A value of another type than the condition is about.
      return false;
    }
  }

  private inLine(client: Client, work: () => Promise<void>): void {
    const line = this.lines.get(client) ?? { last: Promise.resolve(), waiting: 0 };
    this.lines.set(client, line);
    if (line.waiting >= MAX_WAITING) return client.parseWebSocket.ws.terminate();
    line.waiting += 1;
    line.last = line.last.then(work).finally(() => (line.waiting -= 1));
  }

  private async tell(to: Recipient, told: Told, matches: Matches): Promise<void> {
    const { client, requestId, subscription } = to;
    const info = client.subscriptionInfos.get(requestId);
    // Ended or changed meanwhile.
    if (info?.subscription !== subscription || !this.live.clients.has(client.id)) return;
    let viewer: Viewer;
    let rights: ClassRights;
    try {
      viewer = await viewerOf(client.hasMasterKey, info.sessionToken);
      rights = await classRights(subscription.className);
      assertMayFollow(rights, viewer, subscription.query);
    } catch (error) {
      // A right that is gone ends the subscription; a database that is away does not.
      const { isFault } = refusalOf(error);
      if (!isFault) this.live.end(client.parseWebSocket, requestId, error);
      return;
    }
    const event = eventFor(told, matches, (row) => maySee(rights, operationOf(subscription.query), viewer, row));
    if (!event || !isWatched(event, told, info.watch)) return;
    await this.push(to, event, (row) => shownTo(rights, operationOf(subscription.query), viewer, row));
  }

  private async push(to: Recipient, event: LiveEvent, show: (row: Row) => Row): Promise<void> {
    const { client, requestId, subscription } = to;
    const sessionToken = client.subscriptionInfos.get(requestId)?.sessionToken;
    try {
      const authOf = () => this.live.hostAuth(sessionToken);
      const copy = structuredClone(event);
      const left = await runAfterEvent(subscription.className, copy, { client, ...this.live.counts(), authOf });
      if (!left) return;
      const name = `push${left.event.charAt(0).toUpperCase()}${left.event.slice(1)}`;
      const push = (client as unknown as Record<string, Push | undefined>)[name];
      push?.call(client, requestId, show(left.row), left.original && show(left.original));
    } catch (error) {
      // The host's afterLiveQueryEvent.
      refuse(client.parseWebSocket, refusalOf(error), requestId);
    }
  }
}

interface Recipient {
  client: Client;
  requestId: number;
  subscription: Subscription;
}

function eventFor(
  { op, row, original }: Told,
  { was, is }: Matches,
  canSee: (row: Row) => boolean,
): LiveEvent | undefined {
  const seesNow = canSee(row);
  if (op === 'delete') return is && seesNow ? { event: 'delete', row, original: null } : undefined;
  const sawBefore = original !== null && canSee(original);
  const [had, has] = [was && sawBefore, is && seesNow];
  if (had && has) return { event: 'update', row, original };
  // Out of his sight: what the row is now is not for him.
  if (had) return { event: 'leave', row: seesNow ? row : original!, original };
  if (!has) return undefined;
  // Into his sight: what it was before was not for him either.
  return original ? { event: 'enter', row, original: sawBefore ? original : null } : { event: 'create', row, original };
}

/** Other changes than those of the named fields are not told; entering and leaving always is. */
function isWatched({ event }: LiveEvent, { row, original }: Told, watch: readonly string[] | undefined): boolean {
  if (!watch || (event !== 'update' && event !== 'create')) return true;
  return watch.some((field) => !isDeepStrictEqual(row[field], original?.[field]));
}

function hasExpression({ query }: Subscription): boolean {
  return JSON.stringify(query).includes('"$regex"');
}

import Parse from 'parse/node';
import type { Client } from 'parse-server/lib/LiveQuery/Client';
import type { RequestAuth } from 'parse-server/lib/LiveQuery/ParseLiveQueryServer';
import { getTrigger, resolveError, runTrigger, toJSONwithObjects } from 'parse-server/lib/triggers';
import { config } from '../../core/config';

/**
 * The host application's own beforeConnect, beforeSubscribe and afterLiveQueryEvent, as Parse Server
 * runs them. Nothing of ours is registered there, so the host's replace nothing.
 */
type Json = Record<string, unknown>;
type AuthOf = () => Promise<RequestAuth | undefined>;

export interface SubscribeQuery {
  className: string;
  where: Json;
  keys?: string[];
  watch?: string[];
}

const CONNECT = '@Connect';

export async function runBeforeConnect(request: Json, authOf: AuthOf): Promise<void> {
  const trigger = getTrigger(CONNECT, 'beforeConnect', config().parseAppId);
  if (!trigger) return;
  const auth = await authOf();
  if (auth?.user) request.user = auth.user;
  await run(trigger, `beforeConnect.${CONNECT}`, request, auth);
}

/** The query as the host leaves it: it may narrow what is followed. */
export async function runBeforeSubscribe(
  request: Json & { query: SubscribeQuery },
  authOf: AuthOf,
): Promise<SubscribeQuery> {
  const { className, where, keys, watch } = request.query;
  const trigger = getTrigger(className, 'beforeSubscribe', config().parseAppId);
  if (!trigger) return request.query;
  const auth = await authOf();
  const query = new Parse.Query(className) as Parse.Query & { withJSON(json: object): void };
  // The SDK reads texts here, the protocol sends lists.
  query.withJSON({ where, ...(keys ? { keys: keys.join() } : {}), ...(watch ? { watch: watch.join() } : {}) });
  const asked = { ...request, query, ...(auth?.user ? { user: auth.user } : {}) };
  await run(trigger, `beforeSubscribe.${className}`, asked, auth);
  const changed = asked.query.toJSON() as unknown as { where?: Json; keys?: unknown; watch?: unknown };
  return { className, where: changed.where ?? {}, ...listOf('keys', changed.keys), ...listOf('watch', changed.watch) };
}

export interface LiveEvent {
  event: string;
  row: Json;
  original: Json | null;
}

/** The event as the host leaves it; undefined when he keeps it from this subscriber. */
export async function runAfterEvent(
  className: string,
  { event, row, original }: LiveEvent,
  facts: { client: Client; clients: number; subscriptions: number; authOf: AuthOf },
): Promise<LiveEvent | undefined> {
  const trigger = getTrigger(className, 'afterEvent', config().parseAppId);
  if (!trigger) return { event, row, original };
  const { client, clients, subscriptions, authOf } = facts;
  const auth = await authOf();
  const request = {
    event,
    sessionToken: client.sessionToken,
    object: Parse.Object.fromJSON(row),
    original: original ? Parse.Object.fromJSON(original) : null,
    clients,
    subscriptions,
    useMasterKey: client.hasMasterKey,
    installationId: client.installationId,
    sendEvent: true,
    ...(auth?.user ? { user: auth.user } : {}),
  };
  await run(trigger, `afterEvent.${className}`, request, auth);
  if (!request.sendEvent) return undefined;
  const json = (value: Parse.Object | null): Json | null => (value ? toJSONwithObjects(value, className) : null);
  return { event: request.event, row: json(request.object) ?? row, original: json(request.original) };
}

function listOf(name: 'keys' | 'watch', value: unknown): Partial<SubscribeQuery> {
  if (Array.isArray(value)) return { [name]: value as string[] };
  return typeof value === 'string' && value ? { [name]: value.split(',') } : {};
}

/** What host code throws is told as Parse Server tells it. */
async function run(...call: Parameters<typeof runTrigger>): Promise<void> {
  try {
    await runTrigger(...call);
  } catch (error) {
    throw resolveError(error);
  }
}

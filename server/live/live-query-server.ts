import { randomUUID } from 'node:crypto';
import type http from 'node:http';
import { Client, type LiveSocket } from 'parse-server/lib/LiveQuery/Client';
import { ParseLiveQueryServer, type RequestAuth } from 'parse-server/lib/LiveQuery/ParseLiveQueryServer';
import { Subscription } from 'parse-server/lib/LiveQuery/Subscription';
import { runLiveQueryEventHandlers } from 'parse-server/lib/triggers';
import { AppError } from '../../core/errors';
import { isLiveClass } from '../../core/parse/live/live-classes';
import type { LiveChange, LiveHub, LiveListener } from '../../core/parse/live/live-hub';
import { chargeOne, isMasterConnection, type ConnectRequest } from './admission';
import { assertMayFollow, classRights } from './class-rights';
import { checkConditions } from './conditions';
import { LiveDelivery } from './delivery';
import { runBeforeConnect, runBeforeSubscribe, type SubscribeQuery } from './host-triggers';
import { forbidden, refusalOf, refuse } from './refusal';
import { addressOf } from './sockets';
import { viewerOf } from './viewer';

interface SubscribeRequest {
  requestId: number;
  query: SubscribeQuery;
  sessionToken?: string;
}

const NOT_CONNECTED = 2;
/** A connection must say who it is within this time. */
const CONNECT_MS = 10_000;
const MAX_SUBSCRIPTIONS = 100;
/** Of all conditions that one connection holds. */
const MAX_SUBSCRIBED_BYTES = 512 * 1024;
/** Messages that wait for the one before them. */
const MAX_WAITING = 200;
const POLICY_VIOLATION = 1008;

/**
 * Parse Server's LiveQuery with its protocol, and decisions of our own: who may connect, what may be
 * followed, and (delivery.ts) who hears what. Upstream opens subscriptions that can never hear anything,
 * knows no roles in class permissions, takes any application id, and keeps rights for seconds.
 */
export class GuardedLiveQuery extends ParseLiveQueryServer implements LiveListener {
  private readonly delivery = new LiveDelivery(this);
  /** Messages of one connection are worked on one after the other: an `unsubscribe` may follow at once. */
  private readonly turns = new WeakMap<LiveSocket, { last: Promise<void>; waiting: number }>();

  constructor(
    server: http.Server,
    config: object,
    private readonly hub: LiveHub,
  ) {
    super(server, config, {});
    hub.attach(this);
  }

  followedClasses(): string[] {
    return [...this.subscriptions.keys()];
  }

  deliver(change: LiveChange): void {
    this.delivery.deliver(change);
  }

  /** For host code alone: Parse's own view of the user, which may be seconds old. Rights: viewer.ts. */
  async hostAuth(sessionToken: string | undefined): Promise<RequestAuth | undefined> {
    return sessionToken ? (await this.getAuthForSessionToken(sessionToken)).auth : undefined;
  }

  /** Changes come from the hub. */
  override _createSubscribers(): void {}

  override _onConnect(socket: LiveSocket): void {
    super._onConnect(socket);
    const timer = setTimeout(() => {
      if (!socket.clientId) socket.ws.close(POLICY_VIOLATION, 'Connect first.');
    }, CONNECT_MS).unref();
    socket.on('disconnect', () => {
      clearTimeout(timer);
      this.hub.followedChanged();
    });
  }

  override _handleConnect(socket: LiveSocket, request: ConnectRequest): void {
    this.inTurn(socket, undefined, () => this.connectClient(socket, request));
  }

  override _handleSubscribe(socket: LiveSocket, request: SubscribeRequest): void {
    this.inTurn(socket, request.requestId, () => this.subscribe(socket, request));
  }

  override _handleUnsubscribe(socket: LiveSocket, request: SubscribeRequest): void {
    this.inTurn(socket, request.requestId, () => {
      super._handleUnsubscribe(socket, request);
      this.hub.followedChanged();
    });
  }

  override _handleUpdateSubscription(socket: LiveSocket, request: SubscribeRequest): void {
    this.inTurn(socket, request.requestId, async () => {
      this.drop(socket, request.requestId);
      await this.subscribe(socket, request);
    });
  }

  /** Ends a subscription and says why. */
  end(socket: LiveSocket, requestId: number, error: unknown): void {
    this.drop(socket, requestId);
    this.hub.followedChanged();
    refuse(socket, refusalOf(error), requestId);
  }

  /** Ends all subscriptions of a client, and the connection. */
  putOut(client: Client, reason: string): void {
    const socket = client.parseWebSocket;
    for (const requestId of [...client.subscriptionInfos.keys()]) this.drop(socket, requestId);
    socket.ws.close(POLICY_VIOLATION, reason);
  }

  private drop(socket: LiveSocket, requestId: number): void {
    const client = this.clients.get(socket.clientId ?? '');
    if (client?.subscriptionInfos.has(requestId)) super._handleUnsubscribe(socket, { requestId }, false);
  }

  private inTurn(socket: LiveSocket, requestId: number | undefined, work: () => unknown): void {
    const turn = this.turns.get(socket) ?? { last: Promise.resolve(), waiting: 0 };
    this.turns.set(socket, turn);
    if (turn.waiting >= MAX_WAITING) return socket.ws.close(POLICY_VIOLATION, 'Too many messages at once.');
    turn.waiting += 1;
    turn.last = turn.last
      .then(async () => void (await work()))
      .catch((error: unknown) => refuse(socket, refusalOf(error), requestId))
      .finally(() => (turn.waiting -= 1));
  }

  private async connectClient(socket: LiveSocket, request: ConnectRequest): Promise<void> {
    if (socket.clientId) throw forbidden('This connection is connected already.');
    const address = addressOf(socket.ws);
    const { sessionToken, installationId } = request;
    const isMaster = isMasterConnection(request, address);
    if (!isMaster) await chargeOne(sessionToken, address);
    const client = new Client(randomUUID(), socket, isMaster, sessionToken, installationId);
    const event = {
      client,
      event: 'connect',
      ...this.counts(),
      sessionToken,
      useMasterKey: isMaster,
      installationId,
      user: undefined,
    };
    await runBeforeConnect(event, () => this.hostAuth(sessionToken));
    // Gone meanwhile: nobody would take it out again.
    if (socket.ws.readyState !== socket.ws.OPEN) return;
    socket.clientId = client.id;
    this.clients.set(client.id, client);
    client.pushConnect();
    runLiveQueryEventHandlers(event);
  }

  private async subscribe(socket: LiveSocket, request: SubscribeRequest): Promise<void> {
    const client = this.clients.get(socket.clientId ?? '');
    if (!client)
      return refuse(socket, { code: NOT_CONNECTED, message: 'Connect before subscribing.' }, request.requestId);
    const { requestId } = request;
    const sessionToken = request.sessionToken ?? client.sessionToken;
    if (!client.hasMasterKey) await chargeOne(sessionToken, addressOf(socket.ws));
    // Before anything else walks through them: thousands of levels end the stack.
    checkConditions(request.query.where);
    const bytes = JSON.stringify(request.query).length;
    this.drop(socket, requestId);
    assertRoomFor(client, bytes);
    const viewer = await viewerOf(client.hasMasterKey, sessionToken);
    if (!isLiveClass(request.query.className)) throw forbidden('This class cannot be followed live.');
    const query = await runBeforeSubscribe({ ...request, master: viewer.isMaster }, () => this.hostAuth(sessionToken));
    const where = checkConditions(query.where);
    const watched = (query.watch ?? []).map((field) => field.split('.')[0]!);
    assertMayFollow(await classRights(query.className), viewer, where, watched);
    if (!this.clients.has(client.id)) return;

    const subscription = this.subscriptionFor(query.className, where);
    const { keys, watch } = query;
    client.addSubscriptionInfo(requestId, { subscription, keys, watch, sessionToken, bytes });
    subscription.addClientSubscription(client.id, requestId);
    // Before the client is told, so that he misses nothing that is saved from then on, in whatever process.
    await this.hub.announceEverywhere();
    client.pushSubscribe(requestId);
    runLiveQueryEventHandlers({
      client,
      event: 'subscribe',
      ...this.counts(),
      sessionToken: request.sessionToken,
      useMasterKey: client.hasMasterKey,
      installationId: client.installationId,
    });
  }

  /** Equal conditions are compared once. Upstream's hash takes some for equal that are not: it forgets what stands beside $or. */
  private subscriptionFor(className: string, where: Record<string, unknown>): Subscription {
    const ofClass = this.subscriptions.get(className) ?? new Map<string, Subscription>();
    this.subscriptions.set(className, ofClass);
    const hash = JSON.stringify(where);
    const subscription = ofClass.get(hash) ?? new Subscription(className, where, hash);
    ofClass.set(hash, subscription);
    return subscription;
  }

  counts(): { clients: number; subscriptions: number } {
    return { clients: this.clients.size, subscriptions: this.subscriptions.size };
  }
}

function assertRoomFor({ subscriptionInfos }: Client, bytes: number): void {
  if (subscriptionInfos.size >= MAX_SUBSCRIPTIONS)
    throw new AppError('RATE_LIMITED', `A connection may hold ${MAX_SUBSCRIPTIONS} subscriptions.`);
  let held = bytes;
  for (const info of subscriptionInfos.values()) held += info.bytes;
  if (held > MAX_SUBSCRIBED_BYTES)
    throw new AppError('RATE_LIMITED', `The conditions of a connection may have ${MAX_SUBSCRIBED_BYTES} bytes.`);
}

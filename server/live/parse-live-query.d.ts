/** The parts of Parse Server 9.10's LiveQuery that server/live builds on; the package has no types for them. */
declare module 'parse-server/lib/LiveQuery/Client' {
  import type { Subscription } from 'parse-server/lib/LiveQuery/Subscription';

  export interface SubscriptionInfo {
    subscription: Subscription;
    keys?: string[] | undefined;
    watch?: string[] | undefined;
    sessionToken?: string | undefined;
    /** Ours: of the message that made it. */
    bytes: number;
  }
  export interface LiveSocket {
    clientId?: string;
    ws: import('ws').WebSocket;
    send(message: string): void;
    on(event: 'disconnect', listener: () => void): void;
  }
  export type Push = (requestId?: number, row?: object, original?: object | null) => void;
  export class Client {
    static pushError(socket: LiveSocket, code: number, error: string, reconnect?: boolean, requestId?: number): void;
    constructor(id: string, socket: LiveSocket, hasMasterKey: boolean, sessionToken?: string, installationId?: string);
    id: string;
    parseWebSocket: LiveSocket;
    hasMasterKey: boolean;
    sessionToken?: string;
    installationId?: string;
    subscriptionInfos: Map<number, SubscriptionInfo>;
    addSubscriptionInfo(requestId: number, info: SubscriptionInfo): void;
    pushConnect: Push;
    pushSubscribe: Push;
    pushCreate: Push;
    pushEnter: Push;
    pushUpdate: Push;
    pushLeave: Push;
    pushDelete: Push;
  }
}

declare module 'parse-server/lib/LiveQuery/Subscription' {
  export class Subscription {
    constructor(className: string, where: Record<string, unknown>, hash: string);
    className: string;
    hash: string;
    query: Record<string, unknown>;
    clientRequestIds: Map<string, number[]>;
    addClientSubscription(clientId: string, requestId: number): void;
  }
}

declare module 'parse-server/lib/LiveQuery/ParseLiveQueryServer' {
  import type { Server } from 'node:http';
  import type { Client, LiveSocket } from 'parse-server/lib/LiveQuery/Client';
  import type { Subscription } from 'parse-server/lib/LiveQuery/Subscription';

  export interface RequestAuth {
    user?: Parse.User;
  }
  export class ParseLiveQueryServer {
    constructor(server: Server, config: object, parseServerConfig: object);
    clients: Map<string, Client>;
    /** By class, then by the condition's hash. */
    subscriptions: Map<string, Map<string, Subscription>>;
    connect(): Promise<void>;
    getAuthForSessionToken(sessionToken: string): Promise<{ auth?: RequestAuth }>;
    _createSubscribers(): void;
    _onConnect(socket: LiveSocket): void;
    _handleConnect(socket: LiveSocket, request: object): unknown;
    _handleSubscribe(socket: LiveSocket, request: object): unknown;
    _handleUpdateSubscription(socket: LiveSocket, request: object): unknown;
    _handleUnsubscribe(socket: LiveSocket, request: object, notifyClient?: boolean): unknown;
    _matchesSubscription(row: object | undefined, subscription: Subscription): boolean;
    _inflateParseObject(message: object): void;
  }
}

declare module 'parse-server/lib/triggers' {
  export function runTrigger(trigger: object, name: string, request: object, auth: object | undefined): Promise<void>;
  export function runLiveQueryEventHandlers(event: object): void;
  export function toJSONwithObjects(row: Parse.Object, className: string): Record<string, unknown>;
  export function resolveError(error: unknown): Parse.Error;
}

declare module 'parse-server/lib/middlewares' {
  export function checkIp(ip: string, ranges: readonly string[], store: Map<string, boolean>): boolean;
}

import { posix } from 'node:path';
import type { Request } from 'express';
import { FEATURES } from '../cloud/features';
import { config } from '../core/config';
import { AppError } from '../core/errors';
import { guardQueryOptions } from '../core/parse/query-options';
import { guardAuthData, guardRow } from '../core/parse/row-values';
import { guardAdminCall } from './parse-admin-calls';
import type { ParseCall } from './parse-call';
import type { FieldDefinition } from '../core/schema/class-definition';

export type ParseBody = Record<string, unknown> | undefined;

/**
 * Parse Server 9.10.0 lets /challenge find a user by a bare provider id; nothing of ours uses it. Sessions
 * are revocable from the first.
 */
const CLOSED_ROUTES = new Set(['/challenge', '/upgradetorevocablesession']);
/** Parse's own pages have scripts and show tokens; ours are in server/account-pages.ts. */
const CLOSED_PAGES = /^\/apps(\/|$)/;
/** Parse's own routes that compare a password; our cloud function charges by itself. */
const PASSWORD_ROUTES = new Set(['/login', '/loginas', '/verifypassword']);
const ROW_ROUTES = /^\/(classes|users|roles|sessions|installations)\b/;

/** Routes are compared in lower case. */
const COLUMNS = new Map<string, Readonly<Record<string, FieldDefinition>>>(
  FEATURES.flatMap(({ classes }) => classes ?? []).map(({ className, fields }) => [className.toLowerCase(), fields]),
);

/** For whoever holds the master key; Parse itself holds others to the limit of `requestComplexity`. */
const MAX_BATCH = 1000;

export function callsOf(req: Request, body: ParseBody): ParseCall[] {
  const requests = body?.requests;
  const route = routeOf(req.path);
  if (route !== '/batch' || !Array.isArray(requests)) {
    const method = typeof body?._method === 'string' ? body._method : req.method;
    return [{ method: method.toUpperCase(), route, fields: { ...req.query, ...body } }];
  }
  if (requests.length > MAX_BATCH) {
    throw new AppError('VALIDATION_ERROR', `A batch has at most ${MAX_BATCH} requests; without the master key 100.`);
  }
  return requests.map((item: unknown) => subRequestOf(asFields(item)));
}

function subRequestOf({ method, path, body }: Record<string, unknown>): ParseCall {
  const mount = config().parseMount.toLowerCase();
  const route = routeOf(typeof path === 'string' ? path : '');
  return {
    method: typeof method === 'string' ? method.toUpperCase() : 'GET',
    route: route.startsWith(`${mount}/`) ? route.slice(mount.length) : route,
    fields: asFields(body),
  };
}

/** Express matches /GraphQL as well. */
export const isGraphql = (req: Request): boolean => req.baseUrl.toLowerCase() === '/graphql';

export function routeOf(path: string): string {
  const [bare = ''] = path.split('?');
  return posix.normalize(`/${bare}`).toLowerCase().replace(/\/$/, '') || '/';
}

/** @throws AppError NOT_FOUND for closed routes, VALIDATION_ERROR for what Parse would fail on with 500 */
export function guardCall({ method, route, fields }: ParseCall): void {
  if (CLOSED_ROUTES.has(route) || CLOSED_PAGES.test(route)) throw new AppError('NOT_FOUND', 'This route is closed.');
  if (route.includes('%00') || route.includes('\0')) throw new AppError('NOT_FOUND', 'No id holds NUL.');
  guardAdminCall({ method, route, fields });
  if (method === 'GET') guardQueryOptions(fields);
  else if (ROW_ROUTES.test(route)) guardRow(COLUMNS.get(classOf(route)), fields);
  const [, first] = route.split('/');
  if (first === 'users' || first === 'login') guardAuthData(fields);
}

function classOf(route: string): string {
  const [, first, second = ''] = route.split('/');
  return first === 'classes' ? second : `_${first?.replace(/s$/, '')}`;
}

/** As its contract says of the route of /api. */
const SIGN_IN_ROUTES = new Set([
  '/login',
  ...FEATURES.flatMap(({ operations }) => operations ?? [])
    .filter(({ contract }) => contract.limit === 'sign-in')
    .map(({ contract }) => `/functions/${contract.name.toLowerCase()}`),
]);

export const isSignInCall = ({ route }: ParseCall): boolean => SIGN_IN_ROUTES.has(route);

/** The account whose password the call tries; undefined for other calls. */
export function triedAccount({ route, fields }: ParseCall): string | undefined {
  if (!PASSWORD_ROUTES.has(route)) return undefined;
  const name = fields.username ?? fields.email;
  return typeof name === 'string' ? name : '';
}

/** The session that the call ends by its id; '' for the caller's own, undefined for other calls. */
export function endedSession({ method, route }: ParseCall): string | undefined {
  if (route === '/logout') return '';
  const [, id] = (method === 'DELETE' && /^\/(?:sessions|classes\/_session)\/([^/]+)$/.exec(route)) || [];
  return id;
}

function asFields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

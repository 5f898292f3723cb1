import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import * as parseServer from 'parse-server';
import { allowCrossDomain } from 'parse-server/lib/middlewares';
import { FEATURES } from '../cloud/features';
import { trustFunction } from '../core/auth/client-address';
import { config } from '../core/config';
import { AppError } from '../core/errors';
import { servedOperations } from '../core/operation/registry';
import type { ParseInstance } from '../core/parse/boot';
import { mountAccountPages } from './account-pages';
import { mountApiDocs } from './api-docs';
import { cloudCodePage } from './cloud-code-page';
import { createDispatch } from './dispatch';
import type { RoutedRequest } from './routed-request';
import { hideGraphqlInternals } from './graphql-errors';
import { graphqlGate } from './graphql-gate';
import { mountHome } from './home';
import { observe } from './observe';
import { tellFailedBatch } from './parse-batch';
import { fileRoutes } from './parse-files';
import { parseGate, refuseUnknownRoute } from './parse-gate';
import { sendParseError } from './parse-respond';
import { requestIdOf } from './request';
import { sendError, setApiHeaders } from './respond';

/** Its declared type cannot be resolved by TypeScript 6. */
const { ParseGraphQLServer } = parseServer as unknown as {
  ParseGraphQLServer: new (parse: ParseInstance, options: object) => { applyGraphQL(app: Express): void };
};

/** Every HTTP door of the web process on one Express application. `mounts` adds the dashboard. */
export function createApp(parse: ParseInstance, mounts: readonly ((app: Express) => void)[]): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', trustFunction(config().trustProxy));
  app.use(observe);
  const operations = servedOperations(FEATURES);
  const dispatch = createDispatch(operations);
  app.use((req, res, next) => {
    if (!dispatch(req, res)) next();
  });
  mountHome(app);
  mountAccountPages(app);
  // Before the gate: browsers show no refusal that lacks these headers, and ask for them without credentials.
  const crossDomain = allowCrossDomain(config().parseAppId);
  parse.app.disable('x-powered-by');
  app.use(
    config().parseMount,
    crossDomain,
    parseGate,
    cloudCodePage(parse),
    fileRoutes(),
    tellFailedBatch,
    parse.app,
    refuseUnknownRoute,
    parseFailed,
  );
  app.use('/graphql', hideGraphqlInternals, crossDomain, parseGate, graphqlGate);
  new ParseGraphQLServer(parse, { graphQLPath: '/graphql' }).applyGraphQL(app);
  for (const mount of mounts) mount(app);
  app.use('/api-docs', helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  mountApiDocs(app, operations);
  app.use((req: Request, res: Response) => {
    fail(req, res, new AppError('NOT_FOUND', 'Nothing is here. The routes are described at /api-docs.'));
  });
  app.use((error: unknown, req: Request, res: Response, _next: NextFunction) => {
    fail(req, res, fromExpress(error));
  });
  return app;
}

/** What Parse hands on after its answer, or could not answer. */
function parseFailed(error: unknown, req: Request, res: Response, _next: NextFunction): void {
  sendParseError(req, res, fromExpress(error));
}

function fail(req: Request, res: Response, error: unknown): void {
  const requestId = ((req as unknown as RoutedRequest).requestId ??= requestIdOf(req));
  if (!res.headersSent) setApiHeaders(req, res, requestId);
  sendError(req, res, error, requestId);
}

/** Express and its parsers throw errors with a status: a bad URL is the client's fault, not ours. */
function fromExpress(error: unknown): unknown {
  const status = (error as { status?: unknown }).status;
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new AppError('VALIDATION_ERROR', 'The request is malformed.', { cause: error });
  return error;
}

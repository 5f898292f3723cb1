import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { DASHBOARD_CONFIG_CLASS } from '../cloud/views/views.service';
import { trustFunction } from '../core/auth/client-address';
import { config } from '../core/config';
import { startLoop } from '../core/loop';
import { onShutdown } from '../core/process';
import { derivedKey } from '../core/secrets';
import { findDashboardAdmins, type DashboardUser } from './admins.store';
import { serveBundle } from './bundle';
import { BUNDLE_CHANGES } from './bundle-changes';
import { loginGate } from './login-gate';
import { DashboardSessions } from './sessions';
import { serveSetupScript, setUpPage } from './page-setup';

const PATH = '/dashboard';
const SESSION_MS = 12 * 3_600_000;
/** How long a suspended admin may still log in; an open page is refused as soon. */
const REFRESH_MS = 5000;

/**
 * Parse Dashboard over this server. Its page calls the Parse API from the admin's browser with the
 * master key, which it gets after the login: so an admin's address must be in MASTER_KEY_IPS, and
 * outside this machine it is served over HTTPS only (`allowInsecureHttp` is off in production).
 */
export function mountDashboard(app: Express): void {
  const admins = followAdmins();
  app.get(`${PATH}/app-setup.js`, serveSetupScript());
  app.post(`${PATH}/login`, loginGate(admins));
  for (const name of Object.keys(BUNDLE_CHANGES)) app.get(`${PATH}/bundles/${name}`, serveBundle(name));
  app.use(PATH, setUpPage(`${PATH}/app-setup.js`));
  // A host of its own, so that the dashboard, made at the first request, still has its place here.
  const host = express();
  host.disable('x-powered-by');
  host.set('trust proxy', trustFunction(config().trustProxy));
  let isMounted = false;
  app.use((req: Request, res: Response, next: NextFunction) => {
    if (req.path !== PATH && !req.path.startsWith(`${PATH}/`)) return next();
    if (!isMounted) host.use(PATH, createDashboard(admins));
    isMounted = true;
    host(req, res, next);
  });
}

/** The dashboard keeps a reference to this array: its content is replaced, never the array. */
function followAdmins(): DashboardUser[] {
  const admins: DashboardUser[] = [];
  const stop = startLoop({
    name: 'dashboard.admins',
    everyMs: REFRESH_MS,
    firstMs: 0,
    run: async () => {
      admins.splice(0, admins.length, ...(await findDashboardAdmins()));
    },
  });
  onShutdown(stop);
  return admins;
}

/**
 * Loaded at the first visit: the package is large, and asks a registry for its newest version when
 * it is loaded (it cannot be told not to; without a network it goes on in silence).
 */
function createDashboard(users: readonly DashboardUser[]): Express {
  const { dashboard, environment, jwtSecret, parseAppId, parseMasterKey, parseMount, publicUrl } = config();
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const ParseDashboard = require('parse-dashboard') as typeof import('parse-dashboard');
  const made = new ParseDashboard(
    {
      apps: [
        {
          appId: parseAppId,
          appName: 'AppBackend',
          serverURL: `${publicUrl}${parseMount}`,
          graphQLServerURL: `${publicUrl}/graphql`,
          masterKey: parseMasterKey,
          production: environment === 'production',
          enableSecurityChecks: true,
          // Without it the page warns on every visit that its push has no translations.
          supportedPushLocales: [],
          config: { className: DASHBOARD_CONFIG_CLASS },
        },
      ],
      users,
      // The gate before it has compared the password.
      useEncryptedPasswords: false,
    },
    {
      allowInsecureHTTP: dashboard.allowInsecureHttp,
      cookieSessionSecret: dashboard.cookieSecret || derivedKey(jwtSecret, 'dashboard').toString('hex'),
      cookieSessionMaxAge: SESSION_MS,
      cookieSessionStore: new DashboardSessions(users, SESSION_MS),
    },
  );
  made.disable('x-powered-by');
  return made;
}

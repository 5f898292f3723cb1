/** Parse Dashboard 9.2 brings no types; these are the parts that mount.ts uses. */
declare module 'parse-dashboard' {
  import type { Express } from 'express';
  import type { Store } from 'express-session';

  interface DashboardApp {
    appId: string;
    appName: string;
    serverURL: string;
    masterKey: string;
    graphQLServerURL?: string;
    production?: boolean;
    enableSecurityChecks?: boolean;
    supportedPushLocales?: readonly string[];
    /** Class in which filters, graphs and views are saved. */
    config?: { className: string };
  }
  interface DashboardConfig {
    apps: readonly DashboardApp[];
    users: readonly { user: string; pass: string }[];
    useEncryptedPasswords: boolean;
  }
  interface DashboardOptions {
    allowInsecureHTTP: boolean;
    cookieSessionSecret: string;
    /** Milliseconds, against what its documentation says. */
    cookieSessionMaxAge: number;
    cookieSessionStore: Store;
  }
  const ParseDashboard: new (config: DashboardConfig, options: DashboardOptions) => Express;
  export = ParseDashboard;
}

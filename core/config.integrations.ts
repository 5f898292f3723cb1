import { list, type Raw } from './config.variables';

/** A service of the operator's, called with a key. */
export interface ServiceTarget {
  /** Without a slash at its end. */
  url: string;
  apiKey: string;
}

/** Another Parse Server. */
export interface ParseTarget {
  /** With its mount, without a slash at its end. */
  url: string;
  appId: string;
  masterKey: string;
}

/** Outside services; undefined: not configured, and for Parse this server itself. */
export interface IntegrationsConfig {
  notify: ServiceTarget | undefined;
  automator: ServiceTarget | undefined;
  parse: ParseTarget | undefined;
  /** Classes that programs keep in step; undefined: all that may be. */
  parseClasses: readonly string[] | undefined;
  /** Pause between two checks of all, milliseconds. */
  checkMs: number;
}

/** Who signs webhooks that come in at addresses of the server's own. */
export type WebhookSender = 'own' | 'stripe' | 'shopify' | 'github';

/** Several while one is changed; none: not configured. */
export function readWebhookSecrets(raw: Raw): Readonly<Record<WebhookSender, readonly string[]>> {
  return {
    own: list(raw.WEBHOOK_SECRET ?? ''),
    stripe: list(raw.STRIPE_WEBHOOK_SECRET ?? ''),
    shopify: list(raw.SHOPIFY_WEBHOOK_SECRET ?? raw.SHOPIFY_API_SECRET ?? ''),
    github: list(raw.GITHUB_WEBHOOK_SECRET ?? ''),
  };
}

export function readIntegrations(raw: Raw, faults: string[]): IntegrationsConfig {
  return {
    notify: readService(raw, 'NOTIFY_SERVICE_URL', 'NOTIFY_API_KEY', faults),
    automator: readService(raw, 'AUTOMATOR_SERVICE_URL', 'AUTOMATOR_API_KEY', faults),
    parse: readParse(raw, faults),
    parseClasses: raw.PARSE_SYNC_CLASSES?.split(',')
      .map((name) => name.trim())
      .filter(Boolean),
    checkMs: 1000 * Number(raw.INTEGRATIONS_CHECK_SECONDS),
  };
}

function readService(
  raw: Raw,
  urlName: 'NOTIFY_SERVICE_URL' | 'AUTOMATOR_SERVICE_URL',
  keyName: 'NOTIFY_API_KEY' | 'AUTOMATOR_API_KEY',
  faults: string[],
): ServiceTarget | undefined {
  const url = raw[urlName];
  if (url === undefined) return undefined;
  const apiKey = raw[keyName];
  if (apiKey === undefined) faults.push(`${keyName}: required with ${urlName}.`);
  return { url: withoutSlash(url), apiKey: apiKey ?? '' };
}

function readParse(raw: Raw, faults: string[]): ParseTarget | undefined {
  const url = raw.PARSE_SERVER_URL;
  if (url === undefined) return undefined;
  // Only what was set: the master key that this server makes for itself says nothing about another one.
  const masterKey = raw.PARSE_SERVER_MASTER_KEY ?? raw.PARSE_MASTER_KEY;
  if (masterKey === undefined) {
    faults.push('PARSE_SERVER_MASTER_KEY: required with PARSE_SERVER_URL (or PARSE_MASTER_KEY, where both have one).');
  }
  return {
    url: withoutSlash(url),
    appId: raw.PARSE_SERVER_APP_ID ?? raw.PARSE_APP_ID!,
    masterKey: masterKey ?? '',
  };
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');

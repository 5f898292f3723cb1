import path from 'node:path';
import { z } from 'zod';
import { generatedSecrets } from './secrets';
import { readFiles, type FilesConfig } from './config.files';
import {
  readIntegrations,
  readWebhookSecrets,
  type IntegrationsConfig,
  type WebhookSender,
} from './config.integrations';
import { bareHost, ownOrigin, usualOrigin } from './config.host';
import { CONFIG_VARIABLES, isOn, list, type ConfigVariable, type Raw } from './config.variables';

export { CONFIG_VARIABLES } from './config.variables';

/** Everything the process was told, read once, typed. Units are in the names. */
export interface Config {
  environment: 'development' | 'staging' | 'production' | 'test';
  port: number;
  host: string;
  /** Where this process reaches its own web server. */
  ownOrigin: string;
  basePath: string;
  /** `v1`: the name below `basePath` that answers the same. */
  apiVersion: string;
  parseMount: string;
  publicUrl: string;
  serviceName: string;
  trustProxy: number | string[];
  /** `patienceMs`: how long a silent one is waited for; `loads`: connections of a worker for imports. */
  database: { kind: 'postgres' | 'mongo'; uri: string; patienceMs: number; loads: number };
  redis: { cacheUrl: string; queueUrl: string } | undefined;
  dataDir: string;
  isEmbedded: boolean;
  /** A host application's own cloud code, loaded after ours. */
  hostCloudCode: string | undefined;
  /** A file with the host application's own classes. */
  hostSchema: string | undefined;
  logLevel: string;
  jwtSecret: string;
  accessTokenSeconds: number;
  refreshTokenSeconds: number;
  /** Of a session begun at the Parse door. */
  sessionSeconds: number;
  /** Of new password hashes: log2 of bcrypt's rounds. */
  passwordHashCost: number;
  anonymousUsers: { isEnabled: boolean; keepDays: number | undefined };
  parseAppId: string;
  parseMasterKey: string;
  masterKeyIps: string[];
  corsOrigins: string[];
  limits: { userPerMinute: number; anonymousMax: number; anonymousWindowMs: number; uploadBytes: number };
  files: FilesConfig;
  workerConcurrency: number;
  opsRoutesPublic: boolean;
  metricsToken: string | undefined;
  /** The first one encrypts, all open; never empty. */
  encryptionKeys: readonly string[];
  /** Calls of webhooks and integrations may go to this machine, also by http. Never in production. */
  outgoingLoopback: boolean;
  integrations: IntegrationsConfig;
  webhookSecrets: Readonly<Record<WebhookSender, readonly string[]>>;
  eventRetentionDays: number;
  admin: { email: string; password: string | undefined };
  dashboard: { cookieSecret: string; allowInsecureHttp: boolean };
  mail: MailConfig;
  demoData: boolean;
  cache: { ttlSeconds: number; maxEntries: number };
}

export interface MailConfig {
  smtp:
    | {
        host: string;
        port: number;
        user: string | undefined;
        pass: string | undefined;
        secure: SmtpSecurity;
        perMinute: number | undefined;
      }
    | undefined;
  /** Without a mail server, outside production: mails are kept for administrators to read. */
  isCaught: boolean;
  from: string;
  verifiesEmails: boolean;
  preventsUnverifiedLogin: boolean;
  resetSeconds: number;
  verifySeconds: number;
  /** Addresses that the token is added to; undefined: our own pages. */
  resetUrl: string | undefined;
  verifyUrl: string | undefined;
}

export type SmtpSecurity = 'auto' | 'tls' | 'starttls' | 'off';

/** All faults of the environment at once, one a line, so that they are mended in one go. */
export class ConfigError extends Error {
  constructor(readonly faults: string[]) {
    super(`The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

let loaded: Config | undefined;

/** The process's configuration; reads process.env on first use. @throws ConfigError */
export function config(): Config {
  loaded ??= withSecrets(readConfig(process.env));
  return loaded;
}

/** In production the secrets are required above; elsewhere the missing ones are made once. */
function withSecrets(read: Config): Config {
  if (read.jwtSecret && read.parseMasterKey) return read;
  const made = generatedSecrets(read.dataDir);
  return {
    ...read,
    jwtSecret: read.jwtSecret || made.jwtSecret,
    parseMasterKey: read.parseMasterKey || made.parseMasterKey,
    encryptionKeys: read.encryptionKeys.filter(Boolean).length
      ? read.encryptionKeys
      : [read.jwtSecret || made.jwtSecret],
  };
}

/** @throws ConfigError naming every fault */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const faults: string[] = [];
  const raw = readVariables(env, faults);
  const environment = raw.NODE_ENV as Config['environment'];
  const isProduction = environment === 'production' || environment === 'staging';
  requireInProduction(raw, isProduction, faults);
  const database = readDatabase(raw, faults);
  const redis = readRedis(raw);
  if (database.kind === 'mongo' && !redis) {
    faults.push('MongoDB is configured without Redis: set REDIS_URL (or REDIS_HOST), the queue needs it there.');
  }
  const mail = readMail(raw, isProduction, faults);
  const files = readFiles(raw, database.kind, faults);
  const integrations = readIntegrations(raw, faults);
  const passwordHashCost = Number(raw.PASSWORD_HASH_COST);
  if (isProduction && passwordHashCost < 10) faults.push('PASSWORD_HASH_COST: at least 10 in production.');
  if (isProduction && isOn(raw.OUTGOING_LOOPBACK!)) faults.push('OUTGOING_LOOPBACK: never in production.');
  if (faults.length) throw new ConfigError(faults);
  const port = Number(raw.PORT);
  return {
    environment,
    port,
    host: bareHost(raw.HOST!),
    ownOrigin: ownOrigin(raw.HOST!, port),
    basePath: raw.BASE_PATH!,
    apiVersion: raw.API_VERSION!,
    parseMount: raw.PARSE_MOUNT!,
    publicUrl: raw.PUBLIC_URL ?? usualOrigin(raw.HOST!, port),
    serviceName: raw.SERVICE_NAME!,
    trustProxy: readTrustProxy(raw.TRUST_PROXY!),
    database,
    redis,
    dataDir: path.resolve(raw.DATA_DIR!),
    isEmbedded: raw.APP_EMBEDDED === '1',
    hostCloudCode: raw.HOST_CLOUD_CODE,
    hostSchema: raw.HOST_SCHEMA,
    logLevel: raw.LOG_LEVEL!,
    jwtSecret: raw.JWT_SECRET ?? '',
    accessTokenSeconds: seconds(raw.JWT_EXPIRY!),
    refreshTokenSeconds: seconds(raw.JWT_REFRESH_EXPIRY!),
    sessionSeconds: seconds(raw.SESSION_LENGTH ?? raw.JWT_EXPIRY!),
    passwordHashCost,
    anonymousUsers: {
      isEnabled: isOn(raw.ENABLE_ANONYMOUS_USERS!),
      keepDays: raw.ANONYMOUS_USERS_KEEP_DAYS === undefined ? undefined : Number(raw.ANONYMOUS_USERS_KEEP_DAYS),
    },
    parseAppId: raw.PARSE_APP_ID!,
    parseMasterKey: raw.PARSE_MASTER_KEY ?? '',
    masterKeyIps: list(raw.MASTER_KEY_IPS!),
    corsOrigins: list(raw.CORS_ORIGINS ?? ''),
    limits: {
      userPerMinute: Number(raw.RATE_LIMIT_USER_MAX),
      anonymousMax: Number(raw.RATE_LIMIT_MAX),
      anonymousWindowMs: Number(raw.RATE_LIMIT_WINDOW_MS),
      uploadBytes: Number(raw.UPLOAD_MAX_BYTES),
    },
    files,
    workerConcurrency: Number(raw.WORKER_CONCURRENCY),
    opsRoutesPublic: raw.OPS_ROUTES_PUBLIC === undefined ? !isProduction : isOn(raw.OPS_ROUTES_PUBLIC),
    metricsToken: raw.METRICS_TOKEN,
    encryptionKeys: raw.ENCRYPTION_KEY ? list(raw.ENCRYPTION_KEY) : [raw.JWT_SECRET ?? ''],
    outgoingLoopback: isOn(raw.OUTGOING_LOOPBACK!),
    integrations,
    webhookSecrets: readWebhookSecrets(raw),
    eventRetentionDays: Number(raw.EVENT_RETENTION_DAYS),
    admin: { email: raw.ADMIN_EMAIL!, password: raw.ADMIN_PASSWORD },
    dashboard: { cookieSecret: raw.DASHBOARD_COOKIE_SECRET ?? '', allowInsecureHttp: !isProduction },
    mail,
    demoData: environment === 'production' ? false : isOn(raw.DEMO_DATA!),
    cache: { ttlSeconds: Number(raw.CACHE_TTL_SECONDS), maxEntries: Number(raw.CACHE_MAX_ENTRIES) },
  };
}

function readVariables(env: NodeJS.ProcessEnv, faults: string[]): Raw {
  const raw: Raw = {};
  for (const [name, variable] of Object.entries(CONFIG_VARIABLES) as [keyof Raw, ConfigVariable][]) {
    // An empty value means "not set": compose files pass empty strings for what the host lacks.
    const given = env[name] === '' ? undefined : env[name];
    const value = given ?? variable.default;
    if (value === undefined) continue;
    const parsed = variable.schema.safeParse(value);
    if (parsed.success) raw[name] = value;
    else faults.push(`${name}: ${z.prettifyError(parsed.error).replace(/^✖ /, '').split('\n')[0]}`);
  }
  return raw;
}

function requireInProduction(raw: Raw, isProduction: boolean, faults: string[]): void {
  if (!isProduction) return;
  for (const [name, variable] of Object.entries(CONFIG_VARIABLES) as [keyof Raw, ConfigVariable][]) {
    if (variable.requiredInProduction && raw[name] === undefined)
      faults.push(`${name}: required in production. ${variable.doc}`);
  }
}

function readDatabase(raw: Raw, faults: string[]): Config['database'] {
  const uri = raw.MONGODB_URL ?? raw.MONGODB_URI ?? raw.DATABASE_URI;
  const patienceMs = Number(raw.DATABASE_PATIENCE_MS);
  const loads = Number(raw.DATABASE_LOAD_CONNECTIONS);
  if (!uri) {
    faults.push('No database: set MONGODB_URL or DATABASE_URI, or use `npm start`, which brings its own PostgreSQL.');
    return { kind: 'postgres', uri: '', patienceMs, loads };
  }
  return uri.startsWith('mongodb')
    ? { kind: 'mongo', uri: withAccount(uri, raw), patienceMs, loads }
    : { kind: 'postgres', uri, patienceMs, loads };
}

/** As text: an address may name several hosts, which no URL can. */
function withAccount(uri: string, raw: Raw): string {
  const [, scheme, rest] = /^(mongodb(?:\+srv)?:\/\/)([^]*)$/.exec(uri)!;
  const hasOwn = /^[^/]*@/.test(rest!);
  if (hasOwn || !raw.MONGODB_USER) return uri;
  const account = [raw.MONGODB_USER, raw.MONGODB_PASSWORD ?? ''].map(encodeURIComponent).join(':');
  return `${scheme}${account}@${rest}`;
}

function readRedis(raw: Raw): Config['redis'] {
  const address = raw.REDIS_URL ?? redisUrlOf(raw);
  if (!address) return undefined;
  const withDb = (db: string): string => {
    const url = new URL(address);
    url.pathname = `/${db}`;
    return url.toString();
  };
  // Two database numbers: Parse's role cache empties its database with FLUSHDB on every role change.
  return { cacheUrl: withDb(raw.REDIS_DB!), queueUrl: withDb(raw.REDIS_QUEUE_DB!) };
}

function readMail(raw: Raw, isProduction: boolean, faults: string[]): MailConfig {
  const verifiesEmails = isOn(raw.VERIFY_USER_EMAILS!);
  const preventsUnverifiedLogin = isOn(raw.PREVENT_LOGIN_WITH_UNVERIFIED_EMAIL!);
  if (preventsUnverifiedLogin && !verifiesEmails)
    faults.push('PREVENT_LOGIN_WITH_UNVERIFIED_EMAIL needs VERIFY_USER_EMAILS: nobody could confirm an address.');
  if (isProduction && verifiesEmails && !raw.SMTP_HOST)
    faults.push('VERIFY_USER_EMAILS needs SMTP_HOST: no mail can be sent.');
  if (isProduction && raw.SMTP_HOST && !raw.EMAIL_FROM) faults.push('EMAIL_FROM: required with SMTP_HOST.');
  const smtp = raw.SMTP_HOST && {
    host: raw.SMTP_HOST,
    port: Number(raw.SMTP_PORT),
    user: raw.SMTP_USER,
    pass: raw.SMTP_PASS,
    secure: raw.SMTP_SECURE as SmtpSecurity,
    perMinute: raw.SMTP_MAX_PER_MINUTE === undefined ? undefined : Number(raw.SMTP_MAX_PER_MINUTE),
  };
  return {
    smtp: smtp || undefined,
    isCaught: !smtp && !isProduction,
    from: raw.EMAIL_FROM ?? 'AppBackend <noreply@example.com>',
    verifiesEmails,
    preventsUnverifiedLogin,
    resetSeconds: seconds(raw.PASSWORD_RESET_EXPIRY!),
    verifySeconds: seconds(raw.EMAIL_VERIFY_EXPIRY!),
    resetUrl: raw.PASSWORD_RESET_URL,
    verifyUrl: raw.EMAIL_VERIFY_URL,
  };
}

function redisUrlOf(raw: Raw): string | undefined {
  const place = raw.REDIS_HOST ? `${raw.REDIS_HOST}:${raw.REDIS_PORT ?? '6379'}` : raw.REDIS_ADDR;
  const password = raw.REDIS_PASSWORD ? `:${encodeURIComponent(raw.REDIS_PASSWORD)}@` : '';
  return place && `redis://${password}${place}`;
}

function readTrustProxy(text: string): number | string[] {
  return /^\d+$/.test(text) ? Number(text) : list(text);
}

const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400 };

function seconds(text: string): number {
  const match = /^(\d+)([smhd]?)$/.exec(text);
  return match ? Number(match[1]) * (UNIT_SECONDS[match[2] || 's'] ?? 1) : 0;
}

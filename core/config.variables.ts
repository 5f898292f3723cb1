import { z } from 'zod';
import { isHost } from './config.host';

export interface ConfigVariable {
  doc: string;
  schema: z.ZodType<string>;
  default?: string;
  /** Never shown with a value in .env.example, redacted in logs. */
  secret?: boolean;
  requiredInProduction?: boolean;
}

const text = z.string().min(1);
const host = text.refine(isHost, 'must be an address or a host name, without port and zone');
const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .refine((value) => Number(value) >= min && Number(value) <= max, `must be a whole number from ${min} to ${max}`);
const flag = z.string().regex(/^(0|1|true|false|on|off|yes|no)$/i, 'must be on or off');
const duration = z.string().regex(/^\d+[smhd]?$/, 'must be a number with s, m, h or d');
const secret = z.string().min(32, 'must have at least 32 characters');
const mailbox = z
  .string()
  .regex(
    /^(?:[^<>"\r\n,;@]+ <[^\s@<>()[\]",;:\\]+@[a-z0-9.-]+>|[^\s@<>()[\]",;:\\]+@[a-z0-9.-]+)$/i,
    'must be one address: noreply@example.com or Shop <noreply@example.com>',
  );
/** An application's own page or deep link; never a script. */
const pageUrl = z
  .url()
  .regex(/^(?!(?:javascript|data|vbscript|file|blob):)[a-z][a-z0-9+.-]*:\/\/[^\s#]+$/i, 'must be an address without #');
/** Of a service that is called: paths are added to it, and keys go into headers. */
const serviceUrl = z
  .url()
  .regex(/^https?:\/\/[^/@?#\s]+(\/[^?#\s]*)?$/i, 'must be http:// or https:// without account, ? and #');
const headerValue = z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');
const webhookSecrets = text.refine(
  (value) => list(value).every((one) => /^[\x20-\x7e]{16,512}$/.test(one)),
  'each secret must have 16 to 512 printable ASCII characters',
);
const mongoUrl = z.string().regex(/^mongodb(\+srv)?:\/\//, 'must start with mongodb:// or mongodb+srv://');
const databaseUrl = z
  .string()
  .regex(/^(postgres(ql)?|mongodb(\+srv)?):\/\//, 'must start with postgres:// or mongodb://');

/** Every variable that is read, in the order of .env.example. */
export const CONFIG_VARIABLES = {
  NODE_ENV: {
    doc: 'development, staging, production or test.',
    schema: z.enum(['development', 'staging', 'production', 'test']),
    default: 'development',
  },
  PORT: { doc: 'HTTP port.', schema: integer(0, 65535), default: '3000' },
  HOST: { doc: 'Address or host name to bind; 0.0.0.0 and :: are all.', schema: host, default: '0.0.0.0' },
  PUBLIC_URL: {
    doc: 'The address clients use, for links and documents; default http://localhost:PORT, or HOST where that is one address.',
    schema: z.url(),
  },
  SERVICE_NAME: { doc: 'Name of this instance in health answers and logs.', schema: text, default: 'app-backend' },
  BASE_PATH: {
    doc: 'Prefix of the REST API.',
    schema: z.string().regex(/^\/[a-z0-9/_-]+$/i, 'must start with /'),
    default: '/api',
  },
  API_VERSION: {
    doc: 'Alias below the prefix: /api/v1 answers as /api does.',
    schema: z.string().regex(/^v\d+$/, 'must look like v1'),
    default: 'v1',
  },
  PARSE_MOUNT: {
    doc: 'Path of the Parse API.',
    schema: z.string().regex(/^\/[a-z0-9/_-]+$/i, 'must start with /'),
    default: '/parse',
  },
  TRUST_PROXY: {
    doc: 'Number of proxies in front, or their addresses, comma separated. Never trust all.',
    schema: z
      .string()
      .regex(/^(\d+|[0-9a-f.:/,\s]+|loopback|linklocal|uniquelocal)$/i, 'must be a number or a list of addresses'),
    default: '0',
  },
  MONGODB_URL: {
    doc: 'MongoDB address. Unset: DATABASE_URI, or the embedded PostgreSQL of npm start.',
    schema: mongoUrl,
    secret: true,
  },
  MONGODB_URI: { doc: 'Alias of MONGODB_URL, used when that is unset.', schema: mongoUrl, secret: true },
  MONGODB_USER: { doc: 'Account for an address without one.', schema: text },
  MONGODB_PASSWORD: { doc: 'Its password.', schema: text, secret: true },
  DATABASE_URI: {
    doc: 'PostgreSQL (or MongoDB) address, used when MONGODB_URL is unset.',
    schema: databaseUrl,
    secret: true,
  },
  DATABASE_PATIENCE_MS: {
    doc: 'How long a silent database is waited for before requests are refused with 503, milliseconds.',
    schema: integer(500, 60_000),
    default: '2800',
  },
  DATABASE_LOAD_CONNECTIONS: {
    doc: 'Connections of a worker to PostgreSQL that imports hold while they load, beside its ten; further imports wait.',
    schema: integer(1, 100),
    default: '10',
  },
  REDIS_URL: {
    doc: 'Redis address, for queue, cache and limits over several processes. Unset: PostgreSQL queue, limits in memory.',
    schema: z.string().regex(/^rediss?:\/\//, 'must start with redis://'),
    secret: true,
  },
  REDIS_HOST: { doc: 'Redis host, when REDIS_URL is unset.', schema: text },
  REDIS_PORT: { doc: 'Redis port, with REDIS_HOST (6379).', schema: integer(1, 65535) },
  REDIS_ADDR: {
    doc: 'host:port of Redis, when REDIS_URL and REDIS_HOST are unset.',
    schema: z.string().regex(/^[^/@\s]+:\d+$/, 'must be host:port'),
  },
  REDIS_PASSWORD: { doc: 'Redis password, with REDIS_HOST or REDIS_ADDR.', schema: text, secret: true },
  REDIS_DB: {
    doc: "Redis database of the cache; emptied by Parse when roles change, so never the queue's.",
    schema: integer(0, 1000),
    default: '0',
  },
  REDIS_QUEUE_DB: { doc: 'Redis database of the queue.', schema: integer(0, 1000), default: '1' },
  DATA_DIR: { doc: 'Folder for uploads, files and the embedded database.', schema: text, default: '.data' },
  APP_EMBEDDED: { doc: 'Set by npm start when it runs its own PostgreSQL.', schema: flag },
  HOST_CLOUD_CODE: {
    doc: 'Path of your own cloud code (a CommonJS file that uses the global Parse), loaded after ours.',
    schema: text,
  },
  HOST_SCHEMA: {
    doc: 'Path of a JSON or CommonJS file with classes of your own (docs/own-classes.md), made or widened at each start.',
    schema: text,
  },
  LOG_LEVEL: {
    doc: 'fatal, error, warn, info, debug or silent.',
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']),
    default: 'info',
  },
  JWT_SECRET: {
    doc: 'Signs access tokens, derives refresh tokens. At least 32 characters; changing it signs everybody out.',
    schema: secret,
    secret: true,
    requiredInProduction: true,
  },
  JWT_EXPIRY: { doc: 'Life of an access token and its session.', schema: duration, default: '24h' },
  JWT_REFRESH_EXPIRY: { doc: 'Life of a refresh token.', schema: duration, default: '7d' },
  SESSION_LENGTH: {
    doc: 'Life of a session that a Parse SDK begins, which nothing refreshes: 365d suits most apps. Unset: JWT_EXPIRY.',
    schema: duration,
  },
  PASSWORD_HASH_COST: {
    doc: 'Cost of new password hashes, each step doubling the time of a login (bcrypt); under 10 in development and test only. A login makes a cheaper hash anew.',
    schema: integer(4, 16),
    default: '10',
  },
  ENABLE_ANONYMOUS_USERS: {
    doc: 'Parse.AnonymousUtils: accounts without name and password, which can become real ones.',
    schema: flag,
    default: 'off',
  },
  ANONYMOUS_USERS_KEEP_DAYS: {
    doc: 'Anonymous accounts that nobody used for so many days are removed; unset: they stay.',
    schema: integer(1, 3650),
  },
  PARSE_APP_ID: { doc: 'Application id that Parse SDKs send.', schema: text, default: 'appbackend' },
  PARSE_MASTER_KEY: {
    doc: 'Master key of the Parse API.',
    schema: z.string().min(12, 'must have at least 12 characters'),
    secret: true,
    requiredInProduction: true,
  },
  MASTER_KEY_IPS: {
    doc: "Addresses that may use the master key (Parse Dashboard calls from the admin's browser), comma separated.",
    schema: text,
    default: '127.0.0.1,::1',
  },
  CORS_ORIGINS: {
    doc: 'Origins that browsers may call from, comma separated; unset: none in production, any elsewhere.',
    schema: text,
  },
  RATE_LIMIT_USER_MAX: {
    doc: 'Requests a minute for one signed-in user.',
    schema: integer(1, 1_000_000_000),
    default: '1000',
  },
  RATE_LIMIT_MAX: {
    doc: 'Requests for one anonymous address in RATE_LIMIT_WINDOW_MS.',
    schema: integer(1, 1_000_000_000),
    default: '100',
  },
  RATE_LIMIT_WINDOW_MS: {
    doc: 'Window of RATE_LIMIT_MAX, milliseconds.',
    schema: integer(1000, 86_400_000),
    default: '900000',
  },
  UPLOAD_MAX_BYTES: { doc: 'Largest upload, bytes.', schema: integer(1024, 1_073_741_824), default: '104857600' },
  FILE_STORAGE: {
    doc: 'Where files of Parse lie: data-dir (DATA_DIR/files), gridfs (in MongoDB) or s3.',
    schema: z.enum(['data-dir', 'gridfs', 's3']),
    default: 'data-dir',
  },
  FILE_MAX_BYTES: {
    doc: 'Largest file of Parse, bytes; each is held in memory while it is stored.',
    schema: integer(1, 268_435_456),
    default: '20971520',
  },
  FILE_TYPES: {
    doc: 'Extensions of files that clients may store, comma separated; * for any. What browsers run is never served as such.',
    schema: z.string().regex(/^(\*|[a-z0-9]+(\s*,\s*[a-z0-9]+)*)$/i, 'must be extensions, as in png,jpg,pdf'),
    default: [
      'png,jpg,jpeg,gif,webp,avif,heic,heif,bmp,tif,tiff,pdf,txt,csv,tsv,md,json,log,srt,vtt,rtf,ics,vcf',
      'mp3,m4a,aac,ogg,oga,opus,wav,flac,mp4,m4v,mov,webm,3gp,mkv,avi',
      'doc,docx,xls,xlsx,ppt,pptx,odt,ods,odp,epub,zip,gz,7z,tar,bin',
    ].join(','),
  },
  FILE_UPLOAD_PUBLIC: { doc: 'Who is not signed in may store files.', schema: flag, default: 'off' },
  FILE_UPLOAD_ANONYMOUS: { doc: 'Anonymous users of Parse may store files.', schema: flag, default: 'off' },
  FILE_DOWNLOAD: {
    doc: 'Who may read files that are not private: public (whoever knows the name) or signed-in.',
    schema: z.enum(['public', 'signed-in']),
    default: 'public',
  },
  FILE_URL_DOMAINS: {
    doc: 'Other hosts that a file in an object may point to, comma separated; *.example.com for those below it.',
    schema: text,
  },
  S3_BUCKET: { doc: 'Bucket, with FILE_STORAGE=s3.', schema: text },
  S3_REGION: { doc: 'Region of the bucket.', schema: text, default: 'us-east-1' },
  S3_ENDPOINT: { doc: "Address of an S3-compatible service; unset: Amazon's of the region.", schema: z.url() },
  S3_ACCESS_KEY_ID: { doc: 'Its access key.', schema: text },
  S3_SECRET_ACCESS_KEY: { doc: 'Its secret key.', schema: text, secret: true },
  S3_PREFIX: {
    doc: 'What the keys of all files begin with, such as files/.',
    schema: z.string().regex(/^[\w./-]+$/, 'must be letters, digits, and . / _ -'),
  },
  S3_FORCE_PATH_STYLE: {
    doc: 'The bucket in the path, not in the host name; default on with S3_ENDPOINT.',
    schema: flag,
  },
  S3_PUBLIC_URL: {
    doc: 'Address that serves the bucket to everybody (with the prefix); public files are then read there, not here.',
    schema: z.url(),
  },
  WORKER_CONCURRENCY: {
    doc: 'Jobs running at once over all queues, at most 100.',
    schema: integer(1, 100),
    default: '100',
  },
  OPS_ROUTES_PUBLIC: {
    doc: 'Health details, metrics and queue status without credentials; default on in development and test only.',
    schema: flag,
  },
  METRICS_TOKEN: {
    doc: 'What a scraper sends to read /metrics (Authorization: Bearer), where OPS_ROUTES_PUBLIC is off.',
    schema: z.string().regex(/^\S{16,}$/, 'must have at least 16 characters, without spaces'),
    secret: true,
  },
  ADMIN_EMAIL: { doc: 'First administrator, made at the first boot.', schema: z.email(), default: 'admin@example.com' },
  ADMIN_PASSWORD: {
    doc: 'Password of the first administrator; generated and printed once when unset.',
    schema: z.string().min(8, 'must have at least 8 characters'),
    secret: true,
    requiredInProduction: true,
  },
  SMTP_HOST: {
    doc: 'Mail server. Unset: mails are kept for GET /api/dev/mails in development and test; none can be sent in production.',
    schema: text,
  },
  SMTP_PORT: { doc: 'Its port.', schema: integer(1, 65535), default: '587' },
  SMTP_USER: { doc: 'Account on it.', schema: text },
  SMTP_PASS: { doc: 'Its password.', schema: text, secret: true },
  SMTP_SECURE: {
    doc: 'tls (from the first byte), starttls (required), auto (tls on port 465, else STARTTLS where it is offered, and required in production with SMTP_USER) or off.',
    schema: z.enum(['auto', 'tls', 'starttls', 'off']),
    default: 'auto',
  },
  SMTP_MAX_PER_MINUTE: {
    doc: 'Mails that it takes in a minute, of all workers together; more wait. Unset: no limit.',
    schema: integer(1, 1_000_000),
  },
  EMAIL_FROM: {
    doc: 'Sender of all mails; its name is how the mails and pages call this application. Required in production with SMTP_HOST.',
    schema: mailbox,
  },
  VERIFY_USER_EMAILS: {
    doc: 'Send a link to confirm the address at sign-up and when it changes.',
    schema: flag,
    default: 'off',
  },
  PREVENT_LOGIN_WITH_UNVERIFIED_EMAIL: {
    doc: 'No login before the address is confirmed; with VERIFY_USER_EMAILS.',
    schema: flag,
    default: 'off',
  },
  PASSWORD_RESET_EXPIRY: { doc: 'Life of a link for a new password.', schema: duration, default: '1h' },
  EMAIL_VERIFY_EXPIRY: { doc: 'Life of a link that confirms an address.', schema: duration, default: '48h' },
  PASSWORD_RESET_URL: {
    doc: "Your own page or deep link for a new password: the mailed link is this with ?token= added. Unset: this server's page.",
    schema: pageUrl,
  },
  EMAIL_VERIFY_URL: { doc: 'The same for confirming an address.', schema: pageUrl },
  ENCRYPTION_KEY: {
    doc: 'Encrypts stored secrets, such as those that sign webhooks; 32 characters or more. A list: the first encrypts, all open, so that a new one is put in front. Derived from JWT_SECRET when unset, and lost with it.',
    schema: text.refine(
      (value) => list(value).every((key) => key.length >= 32),
      'each key must have at least 32 characters',
    ),
    secret: true,
  },
  OUTGOING_LOOPBACK: {
    doc: 'Webhooks and integrations may call http addresses of this machine, for trying them out; refused in production and staging.',
    schema: flag,
    default: 'off',
  },
  INTEGRATIONS_CHECK_SECONDS: {
    doc: 'Seconds between two checks of services.',
    schema: integer(1, 3600),
    default: '15',
  },
  NOTIFY_SERVICE_URL: {
    doc: 'Address of a message service; may be one inside your network. Unset: not configured.',
    schema: serviceUrl,
  },
  NOTIFY_API_KEY: { doc: 'Its key, sent as X-API-Key.', schema: headerValue, secret: true },
  AUTOMATOR_SERVICE_URL: {
    doc: 'Address of a workflow service; may be one inside your network. Unset: not configured.',
    schema: serviceUrl,
  },
  AUTOMATOR_API_KEY: { doc: 'Its key, sent as X-API-Key.', schema: headerValue, secret: true },
  PARSE_SERVER_URL: {
    doc: 'Another Parse Server, with its mount, that is kept in step; may be one inside your network. Unset: this server.',
    schema: serviceUrl,
  },
  PARSE_SERVER_APP_ID: { doc: 'Application id of that server; unset: PARSE_APP_ID.', schema: headerValue },
  PARSE_SERVER_MASTER_KEY: {
    doc: 'Master key of that server; unset: PARSE_MASTER_KEY, where both have the same.',
    schema: headerValue,
    secret: true,
  },
  PARSE_SYNC_CLASSES: {
    doc: 'Classes that programs may keep in step, by commas. Unset: the facts and the classes of your app; never others.',
    schema: z.string().regex(/^\s*[A-Za-z]\w*\s*(,\s*[A-Za-z]\w*\s*)*$/, 'must be names of classes, by commas'),
  },
  WEBHOOK_SECRET: {
    doc: 'Signs webhooks that come in at /api/integrations/webhook (docs/webhooks-in.md). A list while it is changed: each of them is good. Unset: not configured.',
    schema: webhookSecrets,
    secret: true,
  },
  STRIPE_WEBHOOK_SECRET: {
    doc: 'Signing secret of the Stripe endpoint …/integrations/webhook/stripe; a list as above.',
    schema: webhookSecrets,
    secret: true,
  },
  SHOPIFY_WEBHOOK_SECRET: {
    doc: 'Signs webhooks of Shopify at …/integrations/webhook/shopify; a list as above. Unset: SHOPIFY_API_SECRET.',
    schema: webhookSecrets,
    secret: true,
  },
  SHOPIFY_API_SECRET: {
    doc: 'Secret of the Shopify app, which signs the webhooks that it asks for.',
    schema: webhookSecrets,
    secret: true,
  },
  GITHUB_WEBHOOK_SECRET: {
    doc: 'Secret of the GitHub webhook …/integrations/webhook/github; a list as above.',
    schema: webhookSecrets,
    secret: true,
  },
  EVENT_RETENTION_DAYS: {
    doc: 'Days that domain events and deliveries of webhooks are kept, for replay.',
    schema: integer(1, 3650),
    default: '90',
  },
  DASHBOARD_COOKIE_SECRET: {
    doc: 'Signs the cookie of Parse Dashboard; derived from JWT_SECRET when unset.',
    schema: secret,
    secret: true,
  },
  DEMO_DATA: {
    doc: 'Fill a demo tenant with generated data at the first boot; never in production.',
    schema: flag,
    default: 'on',
  },
  CACHE_TTL_SECONDS: {
    doc: 'Longest life of a cached answer, seconds; analytics answers live shorter.',
    schema: integer(1, 86_400),
    default: '3600',
  },
  CACHE_MAX_ENTRIES: { doc: 'Entries of the in-process cache.', schema: integer(10, 1_000_000), default: '1000' },
} as const satisfies Record<string, ConfigVariable>;

/** What was given, by name: checked, not yet read. */
export type Raw = Partial<Record<keyof typeof CONFIG_VARIABLES, string>>;

export const list = (text: string): string[] =>
  text
    .trim()
    .split(/\s*,\s*/)
    .filter(Boolean);
export const isOn = (text: string): boolean => ['1', 'true', 'on', 'yes'].includes(text.toLowerCase());

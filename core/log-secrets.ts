import { config, type Config } from './config';

const HIDDEN = '[redacted]';
/** Shorter ones would be found in ordinary words. */
const MIN_SECRET = 8;

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // JSON Web Tokens, Parse's session tokens, bcrypt hashes.
  [/eyJ[\w-]{8,}\.[\w-]+\.[\w-]+/g, HIDDEN],
  [/\br:[0-9a-f]{32}\b/g, HIDDEN],
  [/\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}/g, HIDDEN],
  // The account of an address: postgres://user:password@host.
  [/:\/\/[^\s/@]{1,200}@/g, `://${HIDDEN}@`],
  [/\b(bearer|basic) [\w.~+/=-]{8,}/gi, `$1 ${HIDDEN}`],
  [/((?:password|passwd|secret|token|api_?key|master_?key)["']?\s?[:=]\s?["']?)[^\s"',;&}]+/gi, `$1${HIDDEN}`],
  [/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g, '[e-mail]'],
];

/** A text of the log for people: without credentials, e-mail addresses and this server's own secrets. */
export function withoutSecrets(text: string): string {
  let shown = text;
  for (const secret of secretsOf(config())) shown = shown.replaceAll(secret, HIDDEN);
  for (const [pattern, mark] of PATTERNS) shown = shown.replace(pattern, mark);
  return shown;
}

function secretsOf({
  jwtSecret,
  parseMasterKey,
  dashboard,
  admin,
  metricsToken = '',
  encryptionKeys,
  webhookSecrets,
}: Config): string[] {
  return [
    jwtSecret,
    parseMasterKey,
    dashboard.cookieSecret,
    admin.password ?? '',
    metricsToken,
    ...encryptionKeys,
    ...Object.values(webhookSecrets).flat(),
  ].filter((secret) => secret.length >= MIN_SECRET);
}

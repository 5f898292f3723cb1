import { PASSWORD_RULE, passwordFault } from '../auth/password-text';
import type { Config } from '../config';
import { mongoPatience } from '../database/patience';
import type { ProcessRole } from '../process';
import { fileUrlDomains, FilesAdapter } from '../files/adapter';
import { hostMailAdapter } from './host-mail';
import { parseLogAdapter } from './log-adapter';

/** Keys that Parse Server 9.10 reads but its types lack. */
export type AppParseOptions = Record<string, unknown>;

/** Read here or by Parse, and not in Parse's own list. */
const READ_HEADERS = [
  ...['Authorization', 'X-Request-Id', 'Idempotency-Key', 'If-None-Match', 'Content-Encoding', 'Range'],
  ...['X-Parse-Installation-Id', 'X-Parse-Client-Key', 'X-Parse-Cloud-Context'],
];
const FILE_HEADERS = ['X-Parse-Upload-Mode', 'X-Parse-File-Metadata', 'X-Parse-File-Tags', 'X-Parse-File-Directory'];
const SESSION_CACHE_TTL_MS = 5000;
/** Parse would keep the first state it reads: another process would never hear of a class that was made or closed. */
const SCHEMA_CACHE_TTL_MS = 2000;
const LIVE_REGEX_MS = 100;

/**
 * A fresh set per boot (Parse Server changes the object it gets). Every value that differs from
 * the default does so for a reason given beside it; all of them together boot without a warning.
 */
export function parseOptions(settings: Config, role: ProcessRole, cloud: () => Promise<void>): AppParseOptions {
  const options: AppParseOptions = {
    appId: settings.parseAppId,
    appName: 'AppBackend',
    masterKey: settings.parseMasterKey,
    maintenanceKey: `${settings.parseMasterKey}-maintenance`,
    masterKeyIps: settings.masterKeyIps,
    maintenanceKeyIps: ['127.0.0.1', '::1'],
    readOnlyMasterKeyIps: ['127.0.0.1', '::1'],
    databaseURI: settings.database.uri,
    // Contract 7; on PostgreSQL ten connections are the default.
    databaseOptions: {
      schemaCacheTtl: SCHEMA_CACHE_TTL_MS,
      ...(settings.database.kind === 'mongo' ? { maxPoolSize: 10, ...mongoPatience(role, settings.database) } : {}),
    },
    serverURL: `${settings.ownOrigin}${settings.parseMount}`,
    publicServerURL: `${settings.publicUrl}${settings.parseMount}`,
    mountPath: settings.parseMount,
    cloud,
    verifyServerUrl: false,
    logsFolder: null,
    loggerAdapter: parseLogAdapter,
    logLevel: 'error',
    // Parse would write every parameter and result into the log: personal data.
    logLevels: {
      cloudFunctionSuccess: 'silent',
      triggerAfter: 'silent',
      triggerBeforeSuccess: 'silent',
      cloudFunctionError: 'silent',
      triggerBeforeError: 'silent',
    },
    sessionLength: settings.sessionSeconds,
    cacheTTL: SESSION_CACHE_TTL_MS,
    maxLimit: 1000,
    enableAnonymousUsers: settings.anonymousUsers.isEnabled,
    allowHeaders: [...READ_HEADERS, ...FILE_HEADERS],
    allowOrigin: settings.corsOrigins.length ? settings.corsOrigins : '*',
    accountLockout: { duration: 15, threshold: 5, unlockOnPasswordReset: true },
    passwordPolicy: {
      validatorCallback: (password: unknown) => typeof password === 'string' && passwordFault(password) === undefined,
      validationError: PASSWORD_RULE,
      doNotAllowUsername: true,
      resetTokenValidityDuration: settings.mail.resetSeconds,
      resetTokenReuseIfValid: true,
    },
    // SDKs that repeat a save send X-Parse-Request-Id with it; a repeat is refused with 159.
    idempotencyOptions: { paths: ['functions/.*', 'jobs/.*', 'classes/.*', 'users', 'installations'], ttl: 300 },
    emailAdapter: hostMailAdapter,
    verifyUserEmails: settings.mail.verifiesEmails,
    preventLoginWithUnverifiedEmail: settings.mail.preventsUnverifiedLogin,
    emailVerifyTokenValidityDuration: settings.mail.verifySeconds,
    emailVerifyTokenReuseIfValid: true,
    security: { enableCheck: true, enableCheckLog: false },
    filesAdapter: new FilesAdapter(),
    // Which classes: core/parse/live/publish-saves.ts. A client's expression may hold the event loop so long, a row.
    liveQuery: { classNames: [], regexTimeout: LIVE_REGEX_MS },
    allowAggregationForReadOnlyMasterKey: false,
    enableProductPurchaseLegacyApi: false,
    // A person sees all of the own account.
    protectedFieldsOwnerExempt: true,
    protectedFieldsTriggerExempt: true,
    protectedFieldsSaveResponseExempt: false,
    // A row with the push token of the device that registers was the same device: its owner may have gone.
    installation: { duplicateDeviceTokenActionEnforceAuth: false },
    pages: { encodePageParamHeaders: true },
    // A trigger may fetch what a file points to: other hosts only where they are named.
    fileUpload: {
      allowedFileUrlDomains: fileUrlDomains(),
      enableForPublic: settings.files.allowPublicUpload,
      enableForAnonymousUser: settings.files.allowAnonymousUpload,
      enableForAuthenticatedUser: true,
    },
    requestComplexity: {
      includeDepth: 10,
      includeCount: 100,
      subqueryDepth: 10,
      queryDepth: 10,
      graphQLDepth: 20,
      graphQLFields: 200,
      batchRequestLimit: 100,
    },
  };
  return options;
}

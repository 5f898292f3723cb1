import { config } from '../../core/config';
import type { WebhookSender } from '../../core/config.integrations';
import { AppError } from '../../core/errors';
import { invalidField } from '../../core/operation/issues';
import { defaultTenantId, tenantById } from '../tenants/tenants.service';
import { SOURCE_NAME, type SchemeName } from './incoming.schema';
import { findSource, openSecrets } from './source.store';

/** Whoever may send webhooks, as the door needs it. */
export interface ReceivingSource {
  /** Asked for once the signature was right: a wrong one is refused whether the database answers or not. */
  tenantId(): Promise<string>;
  /** In `webhook.<name>.<event>`. */
  name: string;
  scheme: SchemeName;
  secrets: readonly string[];
  /** Whoever has its secret says in the body who he is. */
  isShared?: true;
}

/** Sources of the server's own, whose secrets are settings: for the default tenant. */
const OWN_SOURCES: Readonly<Record<string, WebhookSender>> = {
  own: 'own',
  default: 'own',
  stripe: 'stripe',
  shopify: 'shopify',
  github: 'github',
};
const SOURCE_ID = /^[0-9a-f]{32}$/;

/**
 * @param name one of the server's own sources, or the id of one that a tenant has made
 * @throws AppError NOT_FOUND also for one that is switched off; INTEGRATION_NOT_CONFIGURED without a secret
 */
export async function receivingSource(name: string, now: Date): Promise<ReceivingSource> {
  if (Object.hasOwn(OWN_SOURCES, name)) return ownSource(OWN_SOURCES[name]!);
  const row = SOURCE_ID.test(name) ? await findSource(name) : undefined;
  const tenant = row?.enabled ? await tenantById(row.tenant) : undefined;
  if (!row || tenant?.status !== 'active') throw new AppError('NOT_FOUND', 'No such source of webhooks.');
  return { tenantId: async () => row.tenant, name: row.name, scheme: row.scheme, secrets: openSecrets(row, now) };
}

function ownSource(sender: WebhookSender): ReceivingSource {
  const secrets = config().webhookSecrets[sender];
  if (!secrets.length)
    throw new AppError('INTEGRATION_NOT_CONFIGURED', 'No secret is configured for this source of webhooks.');
  return {
    tenantId: defaultTenantId,
    name: sender,
    scheme: sender,
    secrets,
    ...(sender === 'own' ? { isShared: true } : {}),
  };
}

/**
 * What a sender at a shared address is called.
 * @throws AppError VALIDATION_ERROR for what is no name, or another's: it would pass for whoever has a secret of his own
 */
export function sharedName(said: string | undefined): string {
  const name = (said ?? 'own').toLowerCase();
  if (!SOURCE_NAME.test(name))
    throw invalidField('source', 'wrong_format', 'must be letters, digits, _ and -, and begin with a letter');
  if (name !== 'own' && Object.hasOwn(OWN_SOURCES, name))
    throw invalidField('source', 'not_allowed', 'is the name of another sender');
  return name;
}

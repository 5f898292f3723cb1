import { FEATURES } from '../cloud/features';
import type { ClassDefinition } from '../core/schema/class-definition';

/** As Parse Dashboard 9.2 keeps it in the browser. */
interface Column {
  name: string;
  /** Pixels. */
  width: number;
  visible: true;
  cached: true;
}

/** What an administrator looks for first, by class; the other columns follow. */
const FIRST: Readonly<Record<string, readonly string[]>> = {
  _User: ['email', 'name', 'status', 'tenant', 'last_active_at', 'company', 'type', 'country'],
  _Role: ['name', 'users', 'roles'],
  _Session: ['user', 'createdWith', 'expiresAt'],
  _Installation: ['deviceType', 'appName', 'appVersion', 'user'],
  Tenant: ['name', 'slug', 'status', 'owner', 'settings'],
  TenantMember: ['user', 'tenant', 'role'],
  AuditLog: ['at', 'actor', 'action', 'object_class', 'object_id', 'outcome', 'door', 'details'],
  DeadLetter: ['failed_at', 'type', 'queue', 'last_error', 'attempts', 'replayed_at'],
  DataJob: [
    'job_id',
    'status',
    'data_type',
    'dry_run',
    'input_name',
    'progress',
    'counts',
    'error',
    'owner',
    'tenant',
    'started_at',
  ],
  Customer: ['name', 'email', 'external_id', 'tenant', 'registered_at'],
  Purchase: ['order_id', 'purchased_at', 'total', 'currency', 'customer', 'tenant'],
  Subscription: ['subscription_id', 'plan', 'status', 'amount', 'currency', 'customer', 'tenant'],
  Event: ['event_type', 'timestamp', 'user', 'customer', 'properties', 'tenant'],
  Cost: ['date', 'kind', 'amount', 'currency', 'tenant'],
  Product: ['title', 'external_id', 'sku', 'price', 'currency', 'stock', 'tenant'],
};
const DATES = new Set(['createdAt', 'updatedAt', 'expiresAt']);
const WIDE = new Set(['email', 'details', 'last_error', 'properties', 'settings', 'job_id', 'counts']);

/** Columns of Parse's classes and ours, the name first; an app's own are as they were made. */
export function columnsByClass(): Record<string, Column[]> {
  const defined = new Map(productClasses().map((definition) => [definition.className, definition]));
  return Object.fromEntries(
    Object.entries(FIRST).map(([className, first]) => [className, columnsOf(first, defined.get(className))]),
  );
}

/** Classes of the frame that no administrator needs: they hold hashes, probes and the dashboard's own settings. */
export function internalClasses(): string[] {
  return productClasses().flatMap(({ className, access }) => (access === 'priv' ? [className] : []));
}

const productClasses = (): ClassDefinition[] => FEATURES.flatMap(({ classes }) => classes ?? []);

/** Columns that are not named here follow by themselves, so that none is hidden. */
function columnsOf(first: readonly string[], definition: ClassDefinition | undefined): Column[] {
  const fields = definition?.fields ?? {};
  const technical = new Set(definition?.serverFields ?? []);
  const rest = Object.keys(fields).filter((name) => !technical.has(name));
  const names = new Set([...first, ...rest, 'createdAt', 'objectId', 'updatedAt', ...Object.keys(fields), 'ACL']);
  return [...names].map((name) => ({ name, width: widthOf(name, fields[name]?.type), visible: true, cached: true }));
}

function widthOf(name: string, type: string | undefined): number {
  if (WIDE.has(name)) return 240;
  if (type === 'Date' || DATES.has(name)) return 220;
  if (type === 'Number' || type === 'Boolean') return 110;
  return 150;
}

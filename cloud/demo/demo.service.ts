import { withLease } from '../../core/lease/lease';
import { systemClock } from '../../core/clock';
import { AppError } from '../../core/errors';
import { systemContext } from '../../core/parse/trigger-context';
import { HeldUpload } from '../../core/upload';
import { dayInZone } from '../../values/zone';
import { createUser } from '../accounts/users.service';
import { submitBatch } from '../imports/submit.service';
import { createTenant, tenantBySlug, type TenantFacts } from '../tenants/tenants.service';
import { demoData } from './demo-data';
import {
  demoLoginFile,
  forgetDemoLogin,
  isHandedOver,
  keepDemoLogin,
  markHandedOver,
  readDemoLogin,
  storeDemoFile,
} from './demo.files';

const SLUG = 'demo';
const EMAIL = 'demo@example.com';
const ROLES = ['analyst', 'tenant:admin'] as const;
const LEASE = { holdMs: 60_000, waitMs: 90_000 };

/** What the start's banner tells of the demo. */
export interface DemoAccess {
  email: string;
  /** JSON with e-mail and password: the body of a login. */
  loginFile: string;
  /** Only at the boot that made it: to be shown once. */
  generatedPassword?: string;
}

let generatedPassword: string | undefined;

/** How to sign in to the demo tenant; undefined where there is none. */
export function demoAccess(): DemoAccess | undefined {
  const login = readDemoLogin();
  if (!login) return undefined;
  return { email: login.email, loginFile: demoLoginFile(), ...(generatedPassword ? { generatedPassword } : {}) };
}

/** The demo's tenant and its user, once however many processes boot. */
export async function seedDemo(): Promise<void> {
  await withLease('seed.demo', LEASE, async () => {
    const tenant = (await tenantBySlug(SLUG)) ?? (await makeTenant());
    const login = keepDemoLogin(EMAIL);
    // Whose password is kept here was made here; who was made elsewhere, or deleted since, stays so.
    if (login.isNew && (await makeUser(tenant.id, login.password))) generatedPassword = login.password;
  });
}

/**
 * Hands the demo's data to the import, as anybody's file: the worker loads it while the server
 * serves. The day up to which the data goes is the tenant's, so that every boot makes the same bytes.
 */
export async function submitDemoData(): Promise<void> {
  const tenant = await tenantBySlug(SLUG);
  const anchor = tenant?.settings.demo_anchor;
  if (!tenant || typeof anchor !== 'string' || isHandedOver(anchor)) return;
  for (const [dataType, text] of Object.entries(demoData(anchor))) {
    const upload = await storeDemoFile(`demo-${dataType}.csv`, text);
    const ctx = { ...systemContext('demo', tenant.id), upload: new HeldUpload(upload) };
    const options = { data_type: dataType, format: 'csv', source_name: `demo-${dataType}-${anchor}` } as const;
    await submitBatch(ctx, { options });
  }
  markHandedOver(anchor);
}

function makeTenant(): Promise<TenantFacts> {
  const demo_anchor = dayInZone(systemClock.now().getTime(), 'UTC');
  return createTenant(systemContext('demo.seed'), {
    name: 'Demo',
    slug: SLUG,
    settings: { time_zone: 'UTC', currency: 'USD', demo_anchor },
  });
}

/** False when somebody has the address already; then nothing is known of his password. */
async function makeUser(tenantId: string, password: string): Promise<boolean> {
  try {
    const account = {
      email: EMAIL,
      name: 'Demo analyst',
      type: 'internal',
      tenant: tenantId,
      roles: [...ROLES],
    } as const;
    await createUser(systemContext('demo.seed', tenantId), { ...account, password, roles: [...ROLES] });
    return true;
  } catch (error) {
    forgetDemoLogin();
    if (error instanceof AppError && error.code === 'CONFLICT') return false;
    throw error;
  }
}

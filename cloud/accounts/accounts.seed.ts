import { randomBytes } from 'node:crypto';
import { withLease } from '../../core/lease/lease';
import { changeMembership } from '../../core/auth/role.store';
import { sessionStore } from '../../core/auth/session.store';
import { systemClock } from '../../core/clock';
import { config } from '../../core/config';
import type { Ctx } from '../../core/context';
import { systemContext } from '../../core/parse/trigger-context';
import { ensureDefaultTenant, setOwner } from '../tenants/tenants.service';
import { normaliseEmail } from './accounts.rules';
import { findUserByEmail, insertUser } from './accounts.store';
import { writePassword } from './credentials.store';
import { ensurePlatformRoles } from './roles.service';

const LEASE = { holdMs: 30_000, waitMs: 60_000 };

interface SeededAdmin {
  email: string;
  /** Only at the boot that made it, and only when none was configured: to be shown once. */
  generatedPassword?: string;
}

/**
 * The platform's roles and the first administrator, owner of the default tenant. The tenant's
 * owner is written last: until then a later boot takes up what an earlier one left undone, from
 * then on an administrator who was changed or removed stays so.
 */
async function seedAdmin(): Promise<SeededAdmin> {
  const email = normaliseEmail(config().admin.email);
  await sessionStore().ensureIndexes();
  await ensurePlatformRoles();
  if ((await ensureDefaultTenant()).ownerId) return { email };
  return withLease('seed.admin', LEASE, async () => {
    const tenant = await ensureDefaultTenant();
    if (tenant.ownerId) return { email };
    return makeAdmin(systemContext('accounts.seed', tenant.id), tenant.id, email);
  });
}

/** For the feature's seed: the one line that tells a generated password, on standard output and never in the log. */
export async function seedAccounts(): Promise<void> {
  const { email, generatedPassword } = await seedAdmin();
  if (!generatedPassword) return;
  process.stdout.write(`First administrator: ${email}, password (shown this once): ${generatedPassword}\n`);
}

async function makeAdmin(ctx: Ctx, tenantId: string, email: string): Promise<SeededAdmin> {
  const given = config().admin.password;
  const password = given ?? randomBytes(15).toString('base64url');
  const existing = await findUserByEmail(email);
  // Left by a boot that died before anybody saw the password.
  if (existing) await writePassword(existing.id!, password, systemClock.now());
  const userId =
    existing?.id ??
    (await insertUser(
      { email, username: email, password, name: 'Administrator', type: 'internal', emailVerified: true },
      { tenantId },
    ));
  await changeMembership(userId, { add: ['super_admin'] });
  await setOwner(ctx, tenantId, userId);
  return given ? { email } : { email, generatedPassword: password };
}

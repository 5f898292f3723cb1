/** What other features may use of accounts. */
export { seedAdmin, type SeededAdmin } from './accounts.seed';
export { endAccess } from './access.service';
export { eraseAgain, purgeClosed } from './erasure.service';
export { applyRoles } from './roles.service';
export { confirmEmail, confirmPasswordReset, isOpenLink } from './recovery.service';
export { createUser } from './users.service';

/** What other features may use of accounts. */
export { eraseAgain } from './erasure.service';
export { confirmEmail, confirmPasswordReset, isOpenLink } from './recovery.service';
export { createUser } from './users.service';

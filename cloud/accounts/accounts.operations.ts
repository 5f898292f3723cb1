import { defineOperation } from '../../core/operation/operation';
import { loginContract, logoutContract, refreshTokenContract, registerContract } from './accounts.contract';
import { login, logout, register } from './auth.service';
import { eraseUser } from './erasure.service';
import {
  confirmEmailContract,
  confirmPasswordResetContract,
  requestPasswordResetContract,
  resendVerificationEmailContract,
} from './recovery.contract';
import { confirmEmail, confirmPasswordReset, requestEmailVerification, requestPasswordReset } from './recovery.service';
import { rotate } from './refresh.service';
import {
  createUserContract,
  deleteUserContract,
  eraseUserContract,
  getUserContract,
  listUsersContract,
  updateUserContract,
} from './users.contract';
import { createUser, deleteUser, getUser, listUsers, updateUser } from './users.service';

export const accountOperations = [
  defineOperation(loginContract, login),
  defineOperation(registerContract, register),
  defineOperation(refreshTokenContract, (ctx, input) => rotate(ctx, input.refresh_token)),
  defineOperation(logoutContract, logout),
  defineOperation(requestPasswordResetContract, (ctx, input) => requestPasswordReset(ctx, input.email)),
  defineOperation(confirmPasswordResetContract, confirmPasswordReset),
  defineOperation(resendVerificationEmailContract, (ctx, input) => requestEmailVerification(ctx, input.email)),
  defineOperation(confirmEmailContract, (ctx, input) => confirmEmail(ctx, input.token)),
  defineOperation(listUsersContract, listUsers),
  defineOperation(createUserContract, createUser),
  defineOperation(getUserContract, (ctx, input) => getUser(ctx, input.user_id)),
  defineOperation(updateUserContract, updateUser),
  defineOperation(deleteUserContract, async (ctx, input) => {
    await deleteUser(ctx, input.user_id);
    return null;
  }),
  defineOperation(eraseUserContract, (ctx, input) => eraseUser(ctx, input.user_id)),
];

import { defineOperation } from '../../core/operation/operation';
import { deleteFileContract, getFileLinkContract } from './files.contract';
import { deleteFile, linkTo } from './files.service';

export const fileOperations = [
  defineOperation(getFileLinkContract, (ctx, { name }) => linkTo(ctx, name)),
  defineOperation(deleteFileContract, (ctx, { name }) => deleteFile(ctx, name)),
];

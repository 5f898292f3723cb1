import { defineOperation, type Operation } from '../../core/operation/operation';
import * as contract from './imports.contract';
import { submitBatch, submitData } from './submit.service';

export const importOperations: readonly Operation[] = [
  defineOperation(contract.processBatch, submitBatch),
  defineOperation(contract.processData, submitData),
  defineOperation(contract.processBusinessData, submitData),
];

import { defineOperation, type Operation } from '../../core/operation/operation';
import * as contract from './imports.contract';
import { submitBatch, submitData } from './submit.service';
import { cancel, readResults, readStatus } from './imports.service';

export const importOperations: readonly Operation[] = [
  defineOperation(contract.processBatch, submitBatch),
  defineOperation(contract.processData, submitData),
  defineOperation(contract.processBusinessData, submitData),
  defineOperation(contract.getJobStatus, readStatus),
  defineOperation(contract.getJobResults, readResults),
  defineOperation(contract.cancelJob, cancel),
];

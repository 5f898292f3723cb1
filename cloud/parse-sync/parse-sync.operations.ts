import { defineOperation } from '../../core/operation/operation';
import { manageUser } from './accounts.service';
import * as contracts from './parse-sync.contract';
import { parseAction } from './parse.service';
import { startSync } from './start-sync.service';
import { syncObject } from './sync-object.service';

export const parseSyncOperations = [
  defineOperation(contracts.syncIntegration, startSync),
  defineOperation(contracts.parseService, parseAction),
  defineOperation(contracts.syncParseData, syncObject),
  defineOperation(contracts.manageParseUser, manageUser),
];

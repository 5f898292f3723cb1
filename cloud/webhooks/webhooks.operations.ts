import { defineOperation } from '../../core/operation/operation';
import {
  changeEndpoint,
  changeSecret,
  createEndpoint,
  listEndpoints,
  readEndpoint,
  removeEndpoint,
} from './endpoints.service';
import * as endpoints from './webhooks.contract';

export const webhookOperations = [
  defineOperation(endpoints.listWebhooks, listEndpoints),
  defineOperation(endpoints.createWebhook, createEndpoint),
  defineOperation(endpoints.getWebhook, readEndpoint),
  defineOperation(endpoints.updateWebhook, changeEndpoint),
  defineOperation(endpoints.deleteWebhook, removeEndpoint),
  defineOperation(endpoints.rotateWebhookSecret, changeSecret),
];

import { defineOperation } from '../../core/operation/operation';
import { listDeliveries, readDelivery, retryDelivery, sendTest } from './deliveries.service';
import {
  changeEndpoint,
  changeSecret,
  createEndpoint,
  listEndpoints,
  readEndpoint,
  removeEndpoint,
} from './endpoints.service';
import * as deliveries from './deliveries.contract';
import { replay } from './replay.service';
import * as endpoints from './webhooks.contract';

export const webhookOperations = [
  defineOperation(endpoints.listWebhooks, listEndpoints),
  defineOperation(endpoints.createWebhook, createEndpoint),
  defineOperation(endpoints.getWebhook, readEndpoint),
  defineOperation(endpoints.updateWebhook, changeEndpoint),
  defineOperation(endpoints.deleteWebhook, removeEndpoint),
  defineOperation(endpoints.rotateWebhookSecret, changeSecret),
  defineOperation(endpoints.sendTestWebhook, sendTest),
  defineOperation(deliveries.listWebhookDeliveries, listDeliveries),
  defineOperation(deliveries.getWebhookDelivery, readDelivery),
  defineOperation(deliveries.retryWebhookDelivery, retryDelivery),
  defineOperation(deliveries.replayWebhook, replay),
];

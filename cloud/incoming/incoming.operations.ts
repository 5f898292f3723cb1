import { defineOperation } from '../../core/operation/operation';
import * as webhooks from './incoming.contract';
import { listWebhooks, processAgain, readWebhook } from './incoming.service';
import { receive } from './receive.service';
import * as sources from './sources.contract';
import * as service from './sources.service';
import { verifyWebhook } from './verify';

export const incomingOperations = [
  defineOperation(webhooks.receiveWebhook, receive, verifyWebhook),
  defineOperation(webhooks.receiveWebhookFrom, receive, verifyWebhook),
  defineOperation(webhooks.listIncomingWebhooks, listWebhooks),
  defineOperation(webhooks.getIncomingWebhook, readWebhook),
  defineOperation(webhooks.processIncomingWebhook, processAgain),
  defineOperation(sources.listWebhookSources, service.listSources),
  defineOperation(sources.createWebhookSource, service.createSource),
  defineOperation(sources.getWebhookSource, service.readSource),
  defineOperation(sources.updateWebhookSource, service.changeSource),
  defineOperation(sources.deleteWebhookSource, service.deleteSource),
  defineOperation(sources.rotateWebhookSourceSecret, service.rotateSecret),
  defineOperation(sources.testWebhookSource, service.testSource),
];

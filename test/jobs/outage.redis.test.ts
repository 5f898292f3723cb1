import { describeOutageBehaviour } from './support/outage-behaviour';

describe('the queue while Redis is away', () => describeOutageBehaviour('redis'));

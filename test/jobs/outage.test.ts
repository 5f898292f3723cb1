import { describeOutageBehaviour } from './support/outage-behaviour';

describe('the queue while PostgreSQL is away', () => describeOutageBehaviour('postgres'));

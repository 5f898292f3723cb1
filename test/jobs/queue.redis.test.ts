import { describeQueueBehaviour } from './support/queue-behaviour';

describe('jobs on Redis', () => describeQueueBehaviour('redis'));

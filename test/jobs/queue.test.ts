import { describeQueueBehaviour } from './support/queue-behaviour';

describe('jobs on PostgreSQL', () => describeQueueBehaviour('postgres'));

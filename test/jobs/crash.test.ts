import { describeCrashBehaviour } from './support/crash-behaviour';

describe('crashing workers on PostgreSQL', () => describeCrashBehaviour('postgres'));

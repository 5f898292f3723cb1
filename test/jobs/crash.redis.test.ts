import { describeCrashBehaviour } from './support/crash-behaviour';

describe('crashing workers on Redis', () => describeCrashBehaviour('redis'));

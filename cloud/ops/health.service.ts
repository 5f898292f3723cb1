import { config } from '../../core/config';
import { processPhase, type ProcessPhase } from '../../core/process';
import { isCacheUp, isDatabaseUp } from './dependencies.service';

type DependencyState = 'connected' | 'disconnected';
type CacheState = DependencyState | 'memory (this process)';

export interface Health {
  status: 'healthy' | 'unhealthy';
  service: string;
  uptime: number;
  since: string;
  timestamp: string;
  dependencies: { database: DependencyState; cache: CacheState };
}

/** Contract A36. */
export async function health(now: Date): Promise<Health> {
  const [database, cache] = await Promise.all([isDatabaseUp(), isCacheUp()]);
  return {
    status: database && cache ? 'healthy' : 'unhealthy',
    service: config().serviceName,
    ...uptimeOfProcess(),
    timestamp: now.toISOString(),
    dependencies: { database: stateOf(database), cache: config().redis ? stateOf(cache) : 'memory (this process)' },
  };
}

/** A lost cache slows answers and fails none, so only the database decides beside the phase. */
export async function readiness(): Promise<ProcessPhase | 'unavailable'> {
  const phase = processPhase();
  if (phase !== 'ready') return phase;
  return (await isDatabaseUp()) ? 'ready' : 'unavailable';
}

const STARTED_AT = new Date(Date.now() - process.uptime() * 1000).toISOString();

export const uptimeOfProcess = (): { uptime: number; since: string } => ({
  uptime: Math.round(process.uptime() * 10) / 10,
  since: STARTED_AT,
});

const stateOf = (isUp: boolean): DependencyState => (isUp ? 'connected' : 'disconnected');

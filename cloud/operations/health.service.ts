import { config } from '../../core/config';
import { processPhase, type ProcessPhase } from '../../core/process';
import { isCacheUp, isDatabaseUp } from './dependencies';

type DependencyState = 'connected' | 'disconnected';

export interface Health {
  status: 'healthy' | 'unhealthy';
  service: string;
  uptime: number;
  timestamp: string;
  dependencies: { database: DependencyState; cache: DependencyState };
}

/** Contract A36. */
export async function health(now: Date): Promise<Health> {
  const [database, cache] = await Promise.all([isDatabaseUp(), isCacheUp()]);
  return {
    status: database && cache ? 'healthy' : 'unhealthy',
    service: config().serviceName,
    uptime: uptimeSeconds(),
    timestamp: now.toISOString(),
    dependencies: { database: stateOf(database), cache: stateOf(cache) },
  };
}

/** A lost cache slows answers and fails none, so only the database decides beside the phase. */
export async function readiness(): Promise<ProcessPhase | 'unavailable'> {
  const phase = processPhase();
  if (phase !== 'ready') return phase;
  return (await isDatabaseUp()) ? 'ready' : 'unavailable';
}

export const uptimeSeconds = (): number => Math.round(process.uptime() * 10) / 10;

const stateOf = (isUp: boolean): DependencyState => (isUp ? 'connected' : 'disconnected');

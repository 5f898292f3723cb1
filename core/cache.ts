import { LRUCache } from 'lru-cache';
import { config } from './config';
import { metrics } from './metrics';

/** Answers of this process. Other processes see changes when their own entries end. */
export class AnswerCache<T extends object> {
  private readonly entries: LRUCache<string, T>;

  constructor(
    private readonly name: string,
    maxEntries: number,
  ) {
    this.entries = new LRUCache({ max: maxEntries });
  }

  get(key: string): T | undefined {
    const found = this.entries.get(key);
    (found ? metrics.cacheHits : metrics.cacheMisses).inc({ cache: this.name });
    return found;
  }

  set(key: string, value: T, seconds: number): void {
    this.entries.set(key, value, { ttl: Math.min(seconds, config().cache.ttlSeconds) * 1000 });
  }

  clear(): void {
    this.entries.clear();
  }
}

import type { Db } from 'mongodb';
import type { AnalyticsStore } from './analytics.store';

/** {@link AnalyticsStore} on MongoDB. */
export class MongoAnalyticsStore {
  constructor(private readonly db: Db) {}
}
export interface MongoAnalyticsStore extends AnalyticsStore {}

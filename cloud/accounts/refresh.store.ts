import { database } from '../../core/database/database';
import { mongoRefreshTokens } from './refresh.store.mongo';
import { postgresRefreshTokens } from './refresh.store.postgres';
import type { RefreshStore } from './refresh.store.types';

export function refreshStore(): RefreshStore {
  const db = database();
  return db.kind === 'postgres' ? postgresRefreshTokens(db) : mongoRefreshTokens(db);
}

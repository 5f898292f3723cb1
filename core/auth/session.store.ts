import { database } from '../database/database';
import { mongoSessions } from './session.store.mongo';
import { postgresSessions } from './session.store.postgres';
import type { SessionStore } from './session.store.types';

export function sessionStore(): SessionStore {
  const db = database();
  return db.kind === 'postgres' ? postgresSessions(db) : mongoSessions(db);
}

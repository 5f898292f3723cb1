/** A live row of _Session with what decides about its owner. */
export interface SessionFacts {
  sessionId: string;
  sessionToken: string;
  expiresAt: Date | undefined;
  userId: string;
  userStatus: string | undefined;
  tenantId: string | undefined;
  /** Names of Parse roles that hold the user directly. */
  roleNames: readonly string[];
  /** `owner`, `admin` or `member` in the user's tenant. */
  tenantRole: string | undefined;
  tenantStatus: string | undefined;
  /** Requests a minute that the people of the tenant share. */
  tenantRateLimit: number | undefined;
}

export interface NewSession {
  sessionId: string;
  sessionToken: string;
  userId: string;
  createdAt: Date;
  expiresAt: Date;
  /** What made it, as Parse writes it: `signup` or `refresh`. */
  action: 'signup' | 'refresh';
}

export interface SessionKey {
  sessionId: string;
  sessionToken: string;
}

/** Raw access to _Session: one read a request at most, and writes that choose their own ids. Knows no rules. */
export interface SessionStore {
  find(by: { sessionId: string } | { sessionToken: string }): Promise<SessionFacts | undefined>;
  /** Does nothing when the row is there already. */
  insert(row: NewSession): Promise<void>;
  ofUser(userId: string): Promise<SessionKey[]>;
  /** Of everybody in the tenant but the people named. */
  ofTenant(tenantId: string, exceptUserIds: readonly string[]): Promise<SessionKey[]>;
  withIds(sessionIds: readonly string[]): Promise<SessionKey[]>;
  remove(sessionIds: readonly string[]): Promise<void>;
  /** When its person logged in or signed up; undefined for a session that came otherwise (refreshed, or made from another). */
  loggedInAt(sessionId: string): Promise<Date | undefined>;
  /** Makes the session end no later than that. */
  limit(sessionId: string, expiresAt: Date): Promise<void>;
  /** Rows that ended before; returns how many. */
  removeExpired(before: Date): Promise<number>;
  ensureIndexes(): Promise<void>;
}

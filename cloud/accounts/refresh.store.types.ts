export interface RefreshRow {
  id: string;
  userId: string;
  family: string;
  sessionId: string;
  expiresAt: Date;
  usedAt: Date | undefined;
  revokedAt: Date | undefined;
}

interface NewRefreshRow {
  id: string;
  userId: string;
  family: string;
  tokenHash: string;
  sessionId: string;
  sessionToken: string;
  createdAt: Date;
  expiresAt: Date;
}

export type FamiliesBy = { userId: string } | { sessionIds: readonly string[] } | { sessionToken: string };

/** Refresh tokens by the statements that the SDK lacks: conditional update, idempotent insert. Knows no rules. */
export interface RefreshStore {
  findByHash(tokenHash: string): Promise<RefreshRow | undefined>;
  /** Spends the token in one statement; undefined when it was spent, revoked or over already. */
  consume(tokenHash: string, now: Date): Promise<RefreshRow | undefined>;
  /** Does nothing when the row is there already. */
  insert(row: NewRefreshRow): Promise<void>;
  /** Revokes every row of the families; how many that were. Rows inserted meanwhile may be missed. */
  revoke(families: readonly string[], now: Date): Promise<number>;
  sessionIdsOf(families: readonly string[]): Promise<string[]>;
  /** The session tokens may be of sessions that a refresh has ended. */
  familiesOf(by: FamiliesBy): Promise<string[]>;
  removeOf(userId: string): Promise<void>;
  /** Rows that ended before; returns how many. */
  removeExpired(before: Date): Promise<number>;
}

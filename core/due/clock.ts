import type { Clock } from '../clock';
import { database } from '../database/database';

const TRUST_MS = 60_000;

/**
 * The database's time, as far as this process knows it: asked once a minute, between which the process's own
 * clock runs on. So machines whose clocks differ agree when a row is due and when a lease has ended, and both
 * databases are told the time in the same way.
 */
export class DatabaseClock implements Clock {
  private aheadMs = 0;
  private askedAt = -Infinity;

  constructor(private readonly askDatabase: () => Promise<Date> = databaseTime) {}

  now(): Date {
    return new Date(Date.now() + this.aheadMs);
  }

  /** Asks when the last answer is old. */
  async set(): Promise<void> {
    const startedAt = Date.now();
    if (startedAt - this.askedAt < TRUST_MS) return;
    const answer = await this.askDatabase();
    const endedAt = Date.now();
    this.aheadMs = answer.getTime() - (startedAt + endedAt) / 2;
    this.askedAt = endedAt;
  }
}

async function databaseTime(): Promise<Date> {
  const db = database();
  if (db.kind === 'postgres')
    return (await db.pool.query<{ now: Date }>('select clock_timestamp() as now')).rows[0]!.now;
  // By its old name every server knows it.
  const { localTime } = await db.db.command({ isMaster: 1 });
  return localTime instanceof Date ? localTime : new Date();
}

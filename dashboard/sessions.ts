import { createHash } from 'node:crypto';
import { Store, type SessionData } from 'express-session';
import { deleteDashboardSession, readDashboardSession, saveDashboardSession } from '../cloud/views/views.service';
import type { DashboardUser } from './admins.store';

/** Of somebody who only looks at the login page: everybody can make such sessions. */
const ANONYMOUS_MS = 15 * 60_000;

/** What passport keeps in a session. */
type Content = SessionData & { passport?: { user?: string }; password?: string };

/**
 * Sessions of Parse Dashboard in the database: any web process knows them, a restart ends none. One
 * ends with its time, when its admin is no more among `admins` (suspended, role taken), and when the
 * password changes.
 */
export class DashboardSessions extends Store {
  constructor(
    private readonly admins: readonly DashboardUser[],
    private readonly lifeMs: number,
  ) {
    super();
  }

  override get(sid: string, done: (error: unknown, session?: SessionData | null) => void): void {
    const read = async (): Promise<SessionData | null> => {
      const text = await readDashboardSession(hash(sid), new Date());
      if (text === undefined) return null;
      const content = JSON.parse(text) as Content;
      const { user } = content.passport ?? {};
      return user === undefined || content.password === this.passwordOf(user) ? content : null;
    };
    read().then((session) => done(null, session), done);
  }

  override set(sid: string, session: SessionData, done?: (error?: unknown) => void): void {
    const { passport } = session as Content;
    const content: Content =
      passport?.user === undefined ? session : { ...session, password: this.passwordOf(passport.user) ?? '' };
    const lifeMs = passport?.user === undefined ? ANONYMOUS_MS : this.lifeMs;
    const expiresAt = new Date(Date.now() + lifeMs);
    saveDashboardSession(hash(sid), JSON.stringify(content), expiresAt).then(
      () => done?.(),
      (error: unknown) => done?.(error),
    );
  }

  override destroy(sid: string, done?: (error?: unknown) => void): void {
    deleteDashboardSession(hash(sid)).then(
      () => done?.(),
      (error: unknown) => done?.(error),
    );
  }

  /** Tells passwords apart, and is of no use for guessing one. */
  private passwordOf(user: string): string | undefined {
    const admin = this.admins.find((one) => one.user === user);
    return admin && hash(admin.pass).slice(0, 16);
  }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');

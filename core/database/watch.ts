import { Client } from 'pg';
import { AppError } from '../errors';
import { log } from '../log';
import { PoolGate, type GatedPool } from './pool-gate';

const TICK_MS = 250;
/** Ticks between the end of one question and the next. */
const PAUSE_TICKS = 4;

export interface WatchOptions {
  uri: string;
  /** How long the database may be silent before it counts as away, milliseconds. */
  patienceMs: number;
}

/**
 * Tells a database that is silent from one that works on a long statement: a connection of its own asks
 * every second for nothing. When there is no answer, everything that waits on the pools is ended, and
 * what comes is refused at once, until there is one again. Statements themselves need no clock for it.
 */
export class DatabaseWatch {
  private readonly gates: PoolGate[] = [];
  private readonly patienceTicks: number;
  private readonly timer: NodeJS.Timeout;
  private client: Client | undefined;
  private isAsking = false;
  /** Ticks since the last question began, or since its answer. A process that was held up itself counts none. */
  private ticks = PAUSE_TICKS;
  private isSilent = false;

  constructor(private readonly options: WatchOptions) {
    this.patienceTicks = Math.ceil(options.patienceMs / TICK_MS);
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.timer.unref();
  }

  /** From now on `pool` ends and refuses what nobody answers. */
  guard(pool: GatedPool): void {
    this.gates.push(new PoolGate(pool, () => this.refusal()));
  }

  /** What to throw instead of asking; undefined while the database answers. */
  refusal(): AppError | undefined {
    return this.isSilent ? new AppError('DATABASE_ERROR', 'The database does not answer.') : undefined;
  }

  stop(): void {
    clearInterval(this.timer);
    this.dropClient();
  }

  private tick(): void {
    this.ticks += 1;
    if (this.isAsking ? this.ticks < this.patienceTicks : this.ticks < PAUSE_TICKS) return;
    if (this.isAsking) this.fallSilent();
    this.ticks = 0;
    this.isAsking = true;
    void this.ask();
  }

  private async ask(): Promise<void> {
    const client = (this.client ??= this.connect());
    try {
      await client.query('select 1');
      if (client === this.client) this.answered();
    } catch {
      // Refused or ended: whoever asks is told so himself, at once. Only silence is told here.
      if (client === this.client) this.dropClient();
    }
  }

  private connect(): Client {
    const { uri } = this.options;
    const client = new Client({ connectionString: uri, keepAlive: true, application_name: 'appbackend-watch' });
    client.on('error', () => undefined);
    // Queries wait for it, and fail with it.
    client.connect().catch(() => undefined);
    return client;
  }

  private answered(): void {
    this.isAsking = false;
    this.ticks = 0;
    if (!this.isSilent) return;
    this.isSilent = false;
    log().info('The database answers again.');
  }

  private fallSilent(): void {
    if (!this.isSilent) log().error({ patience_ms: this.options.patienceMs }, 'The database does not answer.');
    this.isSilent = true;
    this.dropClient();
    for (const gate of this.gates) gate.cut(this.refusal()!);
  }

  private dropClient(): void {
    this.isAsking = false;
    const { client } = this;
    this.client = undefined;
    (client as unknown as { connection: { stream: { destroy(): void } } } | undefined)?.connection.stream.destroy();
  }
}

import { randomUUID } from 'node:crypto';
import { log } from '../../log';
import type { LiveTransport, OpenTransport } from './live-transport.types';

/** One change of a row, as Parse's full JSON (with className and types). */
export interface LiveChange {
  op: 'save' | 'delete';
  className: string;
  row: Record<string, unknown>;
  /** What the row was before; absent for a new one. */
  original?: Record<string, unknown>;
}

/** The LiveQuery server of this process. */
export interface LiveListener {
  /** Classes that somebody follows here. */
  followedClasses(): string[];
  deliver(change: LiveChange): void;
}

const BEAT_MS = 10_000;
/** After so long without a sign of life another process counts as gone. */
const GONE_MS = 30_000;
const ECHO_MS = 1000;

/**
 * Brings changes from the process where they are saved to those where somebody follows the class.
 * Processes tell each other which classes are followed there, so that a save that nobody follows
 * costs a look into a map. Nothing is kept: what is sent while a process is cut off is lost for it.
 *
 * Texts between processes: a head of words, a line break, JSON. `hello <id>`, `follows <id> <n>` + class
 * names, `change <id> <class>` + the change. The head spares whom it does not concern from reading the rest.
 */
export class LiveHub {
  private readonly id = randomUUID();
  private readonly others = new Map<string, { classes: ReadonlySet<string>; until: number }>();
  private readonly echoes = new Map<number, () => void>();
  private listener: LiveListener | undefined;
  private transport: LiveTransport | undefined;
  private announcements = 0;
  /** What the others were last told. */
  private told = '[]';
  private toldEverywhere: Promise<void> = Promise.resolve();
  private beat: NodeJS.Timeout | undefined;

  async open(openTransport: OpenTransport): Promise<void> {
    this.transport = await openTransport({ onText: (text) => this.receive(text), onUp: () => this.greet() });
    // A connection that stood at once said so before there was anything to greet with.
    if (this.transport.isUp()) this.greet();
    this.beat = setInterval(() => this.told !== '[]' && this.announce(), BEAT_MS);
    this.beat.unref();
  }

  attach(listener: LiveListener): void {
    this.listener = listener;
  }

  isFollowed(className: string): boolean {
    if (this.listener?.followedClasses().includes(className)) return true;
    return this.isFollowedElsewhere(className);
  }

  publish(change: LiveChange): void {
    this.listener?.deliver(change);
    if (this.isFollowedElsewhere(change.className))
      this.send(`change ${this.id} ${change.className}\n${JSON.stringify(change)}`);
  }

  /** To be called when classes may have been taken up or left. */
  followedChanged(): void {
    const followed = this.followed();
    if (followed !== this.told) this.toldEverywhere = this.tellEverywhere(followed);
  }

  /** Resolves when the others have been told too: our own message has come back, or a second has passed. */
  async announceEverywhere(): Promise<void> {
    this.followedChanged();
    await this.toldEverywhere;
  }

  async close(): Promise<void> {
    clearInterval(this.beat);
    this.listener = undefined;
    this.followedChanged();
    await this.transport?.close();
  }

  private greet(): void {
    this.send(`hello ${this.id}`);
    this.announce();
  }

  private followed(): string {
    return JSON.stringify(this.listener?.followedClasses().sort() ?? []);
  }

  private async tellEverywhere(followed: string): Promise<void> {
    this.told = followed;
    const number = this.announce();
    if (!this.transport?.isUp()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ECHO_MS);
      this.echoes.set(number, () => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.echoes.delete(number);
  }

  private announce(): number {
    this.announcements += 1;
    this.send(`follows ${this.id} ${this.announcements}\n${this.told}`);
    return this.announcements;
  }

  private isFollowedElsewhere(className: string): boolean {
    const now = Date.now();
    for (const { classes, until } of this.others.values()) if (until > now && classes.has(className)) return true;
    return false;
  }

  private send(text: string): void {
    this.transport?.send(text);
  }

  private receive(text: string): void {
    const end = text.indexOf('\n');
    const [kind, from = '', word = ''] = (end < 0 ? text : text.slice(0, end)).split(' ');
    const body = (): unknown => JSON.parse(text.slice(end + 1));
    if (from === this.id) {
      if (kind === 'follows') this.echoes.get(Number(word))?.();
      return;
    }
    try {
      if (kind === 'hello') this.announce();
      else if (kind === 'follows') this.remember(from, body() as string[]);
      else if (kind === 'change' && this.listener?.followedClasses().includes(word))
        this.listener.deliver(body() as LiveChange);
    } catch (error) {
      log().error({ err: error }, 'A live change of another process could not be read.');
    }
  }

  private remember(from: string, classes: readonly string[]): void {
    if (classes.length) this.others.set(from, { classes: new Set(classes), until: Date.now() + GONE_MS });
    else this.others.delete(from);
  }
}

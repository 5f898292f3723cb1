import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { withDatabase } from '../../accounts/support';
import { testServer } from '../../harness/app';

/** Gives the first lines, waits for a line of its own, gives the rest. Both ends are its own: a dead reader ends nothing. */
const WRITER = 'exec 3<>"$1"; head -n "$2" "$3" >&3; read -r _; tail -n "+$(($2 + 1))" "$3" >&3';
/** Seconds; then a forgotten writer ends. */
const MOST = '300';
const held = new Set<HeldInput>();

// A writer that a failed test left would keep Jest from ending.
afterEach(() => held.forEach((input) => input.close()));

/** The stored input of a job as a pipe: its worker reads no further than the test lets it, however fast it is. */
export class HeldInput {
  private writer: ChildProcess | undefined;

  private constructor(
    private readonly file: string,
    private readonly copy: string,
  ) {}

  /** Before a worker has opened the input. */
  static async of(jobId: string): Promise<HeldInput> {
    const name = await withDatabase({
      postgres: async (db) => {
        const { rows } = await db.query<{ name: string }>(
          'select input_path as name from "DataJob" where job_id = $1',
          [jobId],
        );
        return rows[0]!.name;
      },
      mongo: async (db) => String((await db.collection('DataJob').findOne({ job_id: jobId }))!.input_path),
    });
    const file = path.join(testServer().dataDir, 'uploads', name);
    const copy = path.join(testServer().dataDir, `${name}.held`);
    copyFileSync(file, copy);
    return new HeldInput(file, copy);
  }

  /** A new pipe with the input's first lines, for the next reader. */
  give(lines: number): void {
    this.close();
    rmSync(this.file);
    execFileSync('mkfifo', [this.file]);
    this.writer = spawn('timeout', [MOST, 'sh', '-c', WRITER, 'sh', this.file, String(lines), this.copy], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    held.add(this);
  }

  /** The present reader gets the rest, and the end. */
  giveRest(): void {
    this.writer?.stdin?.end('\n');
  }

  /** The file as it was sent, for the next reader. */
  restore(): void {
    this.close();
    renameSync(this.copy, this.file);
  }

  close(): void {
    this.writer?.kill();
    this.writer = undefined;
    held.delete(this);
  }
}

import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { updateHeld } from '../../../data-jobs/held.service';
import { Interruption } from '../../../data-jobs/interruption';
import type { JobChange } from '../../../data-jobs/job-row';
import type { DataType } from '../../convert/data-type';
import type { ImportJob } from '../import-job';

/** A longer text would go straight to the old part of the heap, which is cleared only when it has grown a lot. */
const PIECE_LENGTH = 32 * 1024;

/**
 * Copies lines into `import_stage` in pieces that are committed by `checkpoint`, and only while the lease is ours: a
 * worker that was taken for dead cannot add rows to the stage that its successor goes on with.
 */
export class StageWriter {
  private stream: Writable | undefined;
  private text = '';

  constructor(
    private readonly client: PoolClient,
    private readonly type: DataType,
    private readonly owner: { job: ImportJob; leaseToken: string },
  ) {}

  /** True when it is time to `flush`. */
  add(line: string): boolean {
    this.text += line;
    return this.text.length > PIECE_LENGTH;
  }

  /** Ends when the connection has taken the text: what is not sent must not pile up. */
  async flush(): Promise<void> {
    if (!this.text) return;
    const stream = (this.stream ??= await this.open());
    const text = this.text;
    this.text = '';
    await new Promise<void>((resolve, reject) => {
      stream.write(text, (error) => (error ? reject(error) : resolve()));
    });
  }

  /**
   * Commits what was written, together with a change of the job.
   * @throws Interruption when the lease was lost
   */
  async checkpoint(change: JobChange<ImportJob>): Promise<void> {
    await this.flush();
    if (this.stream) {
      this.stream.end();
      await finished(this.stream);
      this.stream = undefined;
    } else {
      await this.client.query('begin');
    }
    if (!(await updateHeld(this.owner, change, { client: this.client }))) throw new Interruption('lost');
    await this.client.query('commit');
  }

  destroy(): void {
    this.stream?.destroy();
  }

  private async open(): Promise<Writable> {
    await this.client.query('begin');
    const names = this.type.columns.map(({ name }) => `"${name}"`);
    const stream = this.client.query(copyFrom(`copy import_stage (row, errs, id, ${names.join(', ')}) from stdin`));
    // The stream may fail while nobody writes; the failure is met again at the next write or at the end.
    stream.on('error', () => undefined);
    return stream;
  }
}

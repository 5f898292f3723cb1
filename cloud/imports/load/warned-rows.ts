import { MAX_WARNED_ROWS } from '../convert/warning';

/** The rows that one warning is about: all counted, the first ones named. */
export class WarnedRows {
  total = 0;
  readonly rows: number[] = [];

  add(rows: readonly number[]): void {
    this.total += rows.length;
    if (this.rows.length < MAX_WARNED_ROWS) this.rows.push(...rows.slice(0, MAX_WARNED_ROWS - this.rows.length));
  }
}

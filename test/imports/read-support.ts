import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openRows, type ReadOptions } from '../../cloud/imports/read/reader';
import type { RawBatch, RawRow } from '../../cloud/imports/read/row-batch';

export const datasets = process.env['DATASETS_DIR'] ?? resolve(__dirname, '../../../shared/data');

export interface Result {
  header: string[];
  rows: RawRow[];
}

export async function collect(batches: AsyncIterable<RawBatch>): Promise<Result> {
  const result: Result = { header: [], rows: [] };
  for await (const { header, rows } of batches) {
    result.header = header;
    result.rows.push(...rows);
  }
  return result;
}

const folder = mkdtempSync(join(tmpdir(), 'read-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
/** A file of its own, gone after the tests. */
export function onDisk(content: string | Uint8Array): string {
  const path = join(folder, `f${++files}`);
  writeFileSync(path, content);
  return path;
}

export function readFile(content: string | Uint8Array, options: ReadOptions): Promise<Result> {
  return collect(openRows({ path: onDisk(content) }, options));
}

/** mulberry32: the same numbers in every run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

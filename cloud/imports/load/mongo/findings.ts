import type { Db } from 'mongodb';
import type { ImportJob } from '../import-job';
import type { DataType } from '../../convert/data-type';
import { NOTE_COLUMN } from '../../convert/note';
import { WARNED_NOTES } from '../row-warnings';
import { WarnedRows } from '../warned-rows';
import { stageOf } from './stage';

/** Rows of each note that becomes a warning. */
export async function readNotes(db: Db, job: ImportJob, type: DataType): Promise<Map<number, WarnedRows>> {
  const index = type.columns.findIndex(({ name }) => name === NOTE_COLUMN);
  const notes = new Map(WARNED_NOTES.map(({ note }) => [note as number, new WarnedRows()]));
  if (index < 0) return notes;
  const noted = stageOf(db)
    .find({ job: job.job_id, errs: { $exists: false }, [`values.${index}`]: { $gt: 0 } })
    .sort({ row: 1 });
  for await (const { row, values } of noted) {
    for (const [note, warned] of notes) if (Number(values?.[index]) & note) warned.add([row]);
  }
  return notes;
}

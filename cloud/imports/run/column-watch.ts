import type { ImportJob } from '../load/import-job';
import { classFields } from '../load/parse/class-fields';
import { planClassHeader } from '../load/parse/class-header';
import { columnWarnings } from '../convert/column-warnings';
import { classNameOf, dataType } from '../convert/data-types';
import { planFields } from '../convert/mapping';
import type { ImportOptions } from '../convert/options';
import type { ImportReport, ImportWarning } from '../convert/warning';
import type { RawBatch } from '../read/row-batch';

/**
 * Looks at the first batch on its way to the loader, and keeps with the job what there is to say of the columns: a later
 * run may not read the file any more.
 */
export class ColumnWatch {
  warnings: ImportWarning[];

  constructor(
    private readonly job: Pick<ImportJob, 'options' | 'report'>,
    private readonly keep: (report: ImportReport) => Promise<void>,
  ) {
    this.warnings = job.report.warnings;
  }

  async *of(batches: AsyncIterable<RawBatch>): AsyncGenerator<RawBatch, void, undefined> {
    let isFirst = true;
    for await (const batch of batches) {
      if (isFirst) await this.look(batch);
      isFirst = false;
      yield batch;
    }
  }

  private async look(batch: RawBatch): Promise<void> {
    this.warnings = await warningsOf(this.job.options, batch);
    if (this.warnings.length) await this.keep({ ...this.job.report, warnings: this.warnings });
  }
}

/** @throws AppError VALIDATION_ERROR for a header that does not fit */
export async function warningsOf(options: ImportOptions, batch: RawBatch): Promise<ImportWarning[]> {
  if (classNameOf(options.dataType) === undefined) {
    const { sources } = planFields(dataType(options.dataType), options, batch.header);
    const fields = sources.map(({ spec, position }) => ({ name: spec.name, position }));
    return columnWarnings({ fields, options }, batch);
  }
  const known = await classFields(options);
  const { sources } = planClassHeader(known, options, batch.header);
  const read = new Map(sources.map(({ field, position }) => [field, position]));
  const fields = [...known.keys()].map((name) => ({ name, position: read.get(name) ?? -1 }));
  return columnWarnings({ fields, options }, batch);
}

import { CsvRecords } from './csv-records';
import type { ReadLimits } from './row-batch';

/** In the order of preference when the sample does not decide. */
const DELIMITERS = [',', ';', '\t', '|'];
const SAMPLE_RECORDS = 20;

/**
 * The delimiter of a CSV file: the one that splits the header and gives most of the first records its width; among
 * equals the one that makes most columns. A file of one column has the comma.
 * @param sample the beginning of the file; its last record may be cut off
 */
export function sniffDelimiter(sample: string, limits: ReadLimits): string {
  let best = { delimiter: ',', agreement: 0, width: 1 };
  for (const delimiter of DELIMITERS) {
    const widths = measure(sample, delimiter, limits);
    const width = widths[0] ?? 0;
    if (width < 2) continue;
    const agreement = widths.filter((other) => other === width).length / widths.length;
    const isBetter = agreement === best.agreement ? width > best.width : agreement > best.agreement;
    if (isBetter) best = { delimiter, agreement, width };
  }
  return best.delimiter;
}

function measure(sample: string, delimiter: string, limits: ReadLimits): number[] {
  const widths: number[] = [];
  const records = new CsvRecords(delimiter, limits, (_line, cells) => {
    if (widths.length < SAMPLE_RECORDS) widths.push(cells.length);
  });
  try {
    records.push(sample, false);
    if (widths.length < SAMPLE_RECORDS) records.push('', true);
  } catch {
    // A wrong delimiter meets "broken" quotes, and a sample may end within a cell: what was measured before counts.
  }
  return widths;
}

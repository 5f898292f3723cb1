import type { FileHandle } from 'node:fs/promises';
import { posix } from 'node:path';
import { invalidFile, type ReadLimits } from './row-batch';
import { decodeXml } from './text-decoder';
import { otherArchive, refuseOtherFormats } from './xlsx-refusal';
import { partKey, readZipDirectory, type ZipEntry } from './zip-directory';
import { openEntry } from './zip-entry';
import { readAttribute, XmlScanner } from './xml-scanner';

/** Where the parts of a workbook lie that matter for its rows. */
export interface Workbook {
  sheet: ZipEntry;
  sharedStrings: ZipEntry | undefined;
  styles: ZipEntry | undefined;
  /** Dates count from 1904 instead of 1900. */
  is1904: boolean;
  /** The writer left the formulas to be calculated when the workbook is opened. */
  isUncalculated: boolean;
}

const MAX_PART_BYTES = 4 * 1024 * 1024;

/**
 * Finds the parts of an .xlsx package.
 * @param wanted sheet name or 0-based index
 * @throws AppError INVALID_FILE when it is no workbook, has no such sheet, or unpacks to too much
 */
export async function openWorkbook(
  file: FileHandle,
  limits: ReadLimits,
  wanted: string | number = 0,
): Promise<Workbook> {
  await refuseOtherFormats(file);
  const entries = await readZipDirectory(file);
  const readText = async (name: string): Promise<string> => {
    const entry = entries.get(partKey(name));
    if (!entry) throw invalidFile(`Not an Excel workbook: ${name} is missing.`);
    return readWhole(decodeXml(openEntry(file, entry, MAX_PART_BYTES)));
  };
  if (!entries.has('_rels/.rels')) throw otherArchive(entries);
  const root = parseRelations(await readText('_rels/.rels'), '');
  const path = root.find(({ type }) => type === 'officeDocument')?.target;
  if (path === undefined || !/\.xml$/i.test(path)) throw otherArchive(entries);
  const folder = posix.dirname(path);
  const relations = parseRelations(await readText(posix.join(folder, '_rels', `${posix.basename(path)}.rels`)), folder);
  const xml = await readText(path);
  const sheetId = findSheet(xml, wanted);
  const locate = (relation: Relation | undefined): ZipEntry | undefined => {
    const entry = relation && entries.get(partKey(relation.target));
    // Without its strings or styles a sheet could still be read, but wrongly.
    if (relation && !entry) throw invalidFile(`The workbook is incomplete: ${relation.target} is missing.`);
    return entry;
  };
  const part = (type: string): ZipEntry | undefined => locate(relations.find((relation) => relation.type === type));
  const sheet = locate(relations.find(({ id, type }) => id === sheetId && type === 'worksheet'));
  if (!sheet) throw invalidFile('The sheet has no rows: it is a chart, or its data are missing.');
  const [sharedStrings, styles] = [part('sharedStrings'), part('styles')];
  checkSizes([sheet, sharedStrings, styles], limits);
  return {
    sheet,
    sharedStrings,
    styles,
    is1904: isSet(xml, 'workbookPr', 'date1904'),
    isUncalculated: isSet(xml, 'calcPr', 'fullCalcOnLoad'),
  };
}

async function readWhole(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

function isSet(xml: string, element: string, attribute: string): boolean {
  return ['1', 'true'].includes(readAttribute(elements(xml, element)[0] ?? '', attribute) ?? '');
}

/**
 * Sizes as declared, which `openEntry` holds them to. What is not read (pictures, other sheets) may be as it likes, and
 * so may the ratio of a part of a size that any small file could have: repeated texts pack two hundred times smaller.
 */
function checkSizes(parts: readonly (ZipEntry | undefined)[], limits: ReadLimits): void {
  let total = 0;
  for (const part of parts) {
    if (!part) continue;
    total += part.bytes;
    if (part.bytes > limits.ratioFromBytes && part.bytes > part.packedBytes * limits.inflateRatio) {
      throw invalidFile(
        `The entry ${part.name} unpacks to more than ${limits.ratioFromBytes} bytes and ${limits.inflateRatio} times its size.`,
      );
    }
  }
  if (total > limits.inflatedBytes) throw invalidFile(`The file unpacks to more than ${limits.inflatedBytes} bytes.`);
}

interface Relation {
  id: string;
  /** Last segment of the type's URI, which is the same in Transitional and Strict OOXML. */
  type: string;
  target: string;
}

function parseRelations(xml: string, folder: string): Relation[] {
  return elements(xml, 'Relationship').map((attributes) => {
    const target = (readAttribute(attributes, 'Target') ?? '').replaceAll('\\', '/');
    return {
      id: readAttribute(attributes, 'Id') ?? '',
      type: (readAttribute(attributes, 'Type') ?? '').split('/').pop() ?? '',
      target: posix.join(target.startsWith('/') ? '' : folder, target).replace(/^\/+/, ''),
    };
  });
}

function findSheet(xml: string, wanted: string | number): string {
  if (elements(xml, 'workbook').length === 0) throw invalidFile('Not an Excel workbook: another Office document.');
  const sheets = elements(xml, 'sheet');
  const sheet =
    typeof wanted === 'number' ? sheets[wanted] : sheets.find((one) => readAttribute(one, 'name') === wanted);
  // The prefix of the relationships namespace is the writer's choice; it nearly always is r.
  const name = /\s([\w.-]+:id)\s*=/.exec(sheet ?? '')?.[1] ?? 'id';
  const id = sheet === undefined ? undefined : readAttribute(sheet, name);
  if (id === undefined) throw invalidFile(`The workbook has no sheet ${JSON.stringify(wanted).slice(0, 100)}.`);
  return id;
}

/** The raw attributes of every element of a name. */
function elements(xml: string, wanted: string): string[] {
  const found: string[] = [];
  const collect = (name: string, attributes: string): void => void (name === wanted && found.push(attributes));
  const scanner = new XmlScanner({ wantsText: false, open: collect, close() {}, text() {} }, wanted);
  scanner.push(xml);
  scanner.end();
  return found;
}

import type { FileHandle } from 'node:fs/promises';
import { posix } from 'node:path';
import { invalidFile, type ReadLimits } from './row-batch';
import { readZipDirectory, type ZipEntry } from './zip-directory';
import { readEntry } from './zip-entry';
import { readAttribute, XmlScanner } from './xml-scanner';

/** Where the parts of a workbook lie that matter for its rows. */
export interface Workbook {
  sheet: ZipEntry;
  sharedStrings: ZipEntry | undefined;
  styles: ZipEntry | undefined;
  /** Dates count from 1904 instead of 1900. */
  is1904: boolean;
}

const MAX_PART_BYTES = 4 * 1024 * 1024;

/**
 * Finds the parts of an .xlsx package.
 * @param wanted sheet name or 0-based index
 * @throws AppError INVALID_FILE when it is no workbook or has no such sheet
 */
export async function openWorkbook(
  file: FileHandle,
  limits: ReadLimits,
  wanted: string | number = 0,
): Promise<Workbook> {
  const entries = await readZipDirectory(file, limits);
  const readText = async (name: string): Promise<string> => {
    const entry = entries.get(name);
    if (!entry) throw invalidFile(`Not an Excel workbook: ${name} is missing.`);
    return (await readEntry(file, entry, MAX_PART_BYTES)).toString('utf8');
  };
  const root = parseRelations(await readText('_rels/.rels'), '');
  const path = root.find(({ type }) => type === 'officeDocument')?.target;
  if (path === undefined) throw invalidFile('Not an Excel workbook: it names no document.');
  const folder = posix.dirname(path);
  const relations = parseRelations(await readText(posix.join(folder, '_rels', `${posix.basename(path)}.rels`)), folder);
  const xml = await readText(path);
  const sheetId = findSheet(xml, wanted);
  const locate = (relation: Relation | undefined): ZipEntry | undefined => {
    const entry = relation && entries.get(relation.target);
    // Without its strings or styles a sheet could still be read, but wrongly.
    if (relation && !entry) throw invalidFile(`The workbook is incomplete: ${relation.target} is missing.`);
    return entry;
  };
  const part = (type: string): ZipEntry | undefined => locate(relations.find((relation) => relation.type === type));
  const sheet = locate(relations.find(({ id, type }) => id === sheetId && type === 'worksheet'));
  if (!sheet) throw invalidFile('The sheet has no rows: it is a chart, or its data are missing.');
  const properties = elements(xml, 'workbookPr')[0] ?? '';
  const is1904 = ['1', 'true'].includes(readAttribute(properties, 'date1904') ?? '');
  return { sheet, sharedStrings: part('sharedStrings'), styles: part('styles'), is1904 };
}

interface Relation {
  id: string;
  /** Last segment of the type's URI, which is the same in Transitional and Strict OOXML. */
  type: string;
  target: string;
}

function parseRelations(xml: string, folder: string): Relation[] {
  return elements(xml, 'Relationship').map((attributes) => {
    const target = readAttribute(attributes, 'Target') ?? '';
    return {
      id: readAttribute(attributes, 'Id') ?? '',
      type: (readAttribute(attributes, 'Type') ?? '').split('/').pop() ?? '',
      target: target.startsWith('/') ? target.slice(1) : posix.join(folder, target),
    };
  });
}

function findSheet(xml: string, wanted: string | number): string {
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

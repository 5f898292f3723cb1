import type { FileHandle } from 'node:fs/promises';
import { posix } from 'node:path';
import { invalidFile, type ReadLimits } from './row-batch';
import { readZipDirectory, type ZipEntry } from './zip-directory';
import { readEntry } from './zip-entry';

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
  const part = (type: string): ZipEntry | undefined =>
    entries.get(relations.find((relation) => relation.type === type)?.target ?? '');
  const sheet = entries.get(relations.find(({ id, type }) => id === sheetId && type === 'worksheet')?.target ?? '');
  if (!sheet) throw invalidFile('The data of the sheet are missing in the workbook.');
  const properties = tags(xml, 'workbookPr')[0];
  const is1904 = ['1', 'true'].includes(properties?.get('date1904') ?? '');
  return { sheet, sharedStrings: part('sharedStrings'), styles: part('styles'), is1904 };
}

interface Relation {
  id: string;
  /** Last segment of the type's URI, which is the same in Transitional and Strict OOXML. */
  type: string;
  target: string;
}

function parseRelations(xml: string, folder: string): Relation[] {
  return tags(xml, 'Relationship').map((attributes) => {
    const target = attributes.get('Target') ?? '';
    return {
      id: attributes.get('Id') ?? '',
      type: (attributes.get('Type') ?? '').split('/').pop() ?? '',
      target: target.startsWith('/') ? target.slice(1) : posix.join(folder, target),
    };
  });
}

function findSheet(xml: string, wanted: string | number): string {
  const sheets = tags(xml, 'sheet');
  const sheet = typeof wanted === 'number' ? sheets[wanted] : sheets.find((one) => one.get('name') === wanted);
  const id = [...(sheet ?? [])].find(([name]) => name === 'id' || name.endsWith(':id'))?.[1];
  if (id === undefined) throw invalidFile(`The workbook has no sheet ${JSON.stringify(wanted).slice(0, 100)}.`);
  return id;
}

/** The attributes of every tag of a name, whatever its prefix; enough for these flat, machine-written parts. */
function tags(xml: string, name: string): Map<string, string>[] {
  if (/<!DOCTYPE/i.test(xml)) throw invalidFile('The workbook contains a DOCTYPE, which is refused.');
  const found: Map<string, string>[] = [];
  for (const [, attributes = ''] of xml.matchAll(new RegExp(`<(?:[\\w.-]+:)?${name}(\\s[^<>]*)>`, 'g'))) {
    const pairs = [...attributes.matchAll(/([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)];
    found.push(new Map(pairs.map(([, key = '', double, single]) => [key, unescapeXml(double ?? single ?? '')])));
  }
  return found;
}

const ENTITIES = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['amp', '&'],
]);

function unescapeXml(text: string): string {
  return text.replace(
    /&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name = '') => {
      const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
      if (hex === undefined && decimal === undefined) return ENTITIES.get(name) ?? whole;
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

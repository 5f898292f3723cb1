import { AppError } from '../../../core/errors';

/** Formats a reader exists for. */
const READABLE = ['csv', 'xlsx', 'json', 'ndjson'] as const;
export type ReadableFormat = (typeof READABLE)[number];
type KnownFormat = ReadableFormat | 'xml' | 'other';

export interface FormatHints {
  contentType?: string | undefined;
  fileName?: string | undefined;
  /** The beginning of the file; 512 bytes are plenty. */
  firstBytes?: Uint8Array | undefined;
}

const BY_CONTENT_TYPE = new Map<string, KnownFormat>([
  ['text/csv', 'csv'],
  ['application/csv', 'csv'],
  ['text/x-csv', 'csv'],
  ['text/tab-separated-values', 'csv'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.template', 'xlsx'],
  ['application/vnd.ms-excel.sheet.macroenabled.12', 'xlsx'],
  ['application/vnd.ms-excel.template.macroenabled.12', 'xlsx'],
  ['application/json', 'json'],
  ['text/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
  ['application/jsonl', 'ndjson'],
  ['application/xml', 'xml'],
  ['text/xml', 'xml'],
]);

/** Types that clients send for want of a better one; browsers on Windows call .csv files vnd.ms-excel. */
const UNTELLING_TYPES = new Set([
  '',
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/zip',
  'application/x-zip-compressed',
  'application/vnd.ms-excel',
  'text/plain',
]);

const BY_EXTENSION = new Map<string, KnownFormat>([
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['xlsx', 'xlsx'],
  ['xlsm', 'xlsx'],
  ['xltx', 'xlsx'],
  ['xltm', 'xlsx'],
  ['xlsb', 'other'],
  ['ods', 'other'],
  ['numbers', 'other'],
  ['json', 'json'],
  ['ndjson', 'ndjson'],
  ['jsonl', 'ndjson'],
  ['xml', 'xml'],
]);

/**
 * The format of an upload by content type, then name, then first bytes.
 * @throws AppError UNSUPPORTED_MEDIA_TYPE when it is unknown or has no reader
 */
export function detectFormat(hints: FormatHints): ReadableFormat {
  const format = byContentType(hints.contentType) ?? byName(hints.fileName) ?? byBytes(hints.firstBytes);
  if (format === undefined) throw unsupported('The format of the file cannot be told; state `format`.');
  return requireReadable(format);
}

/**
 * A format that the client stated.
 * @throws AppError UNSUPPORTED_MEDIA_TYPE when no reader exists
 */
export function requireReadable(format: string): ReadableFormat {
  const readable = READABLE.find((name) => name === format);
  if (readable) return readable;
  if (format === 'other') throw unsupported('Not an import format; save the sheet as .xlsx or CSV.');
  throw unsupported(`The format ${format.slice(0, 40)} is not yet supported.`);
}

function byContentType(contentType = ''): KnownFormat | undefined {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  const format = BY_CONTENT_TYPE.get(type);
  if (format === undefined && !UNTELLING_TYPES.has(type)) {
    throw unsupported(`The content type ${type.slice(0, 100)} is not an import format.`);
  }
  return format;
}

function byName(fileName = ''): KnownFormat | undefined {
  const dot = fileName.lastIndexOf('.');
  return dot < 0 ? undefined : BY_EXTENSION.get(fileName.slice(dot + 1).toLowerCase());
}

function byBytes(bytes: Uint8Array = new Uint8Array(0)): KnownFormat | undefined {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03 && bytes[3] === 0x04) return 'xlsx';
  const hasUtf16Mark = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (hasUtf16Mark) return 'csv';
  if (bytes[0] === 0xd0 && bytes[1] === 0xcf && bytes[2] === 0x11 && bytes[3] === 0xe0) {
    throw unsupported('An old or encrypted Excel file; save it as a plain .xlsx workbook.');
  }
  if (bytes.includes(0)) return undefined;
  const text = Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (text.startsWith('{') || text.startsWith('[')) return /^\{.*\}\s*\n\s*\{/.test(text) ? 'ndjson' : 'json';
  if (text.startsWith('<')) return 'xml';
  const firstLine = text.split(/[\r\n]/, 1)[0] ?? '';
  return /[,;\t|]/.test(firstLine) && !text.startsWith('%PDF') ? 'csv' : undefined;
}

function unsupported(message: string): AppError {
  return new AppError('UNSUPPORTED_MEDIA_TYPE', message);
}

import { AppError } from '../errors';

interface Kind {
  type: string;
  /** A browser may show it in place: it runs nothing with our origin. */
  isInline: boolean;
  /** Text by nature: may begin with a tag. */
  isText: boolean;
}

/** FILE_SAVE_ERROR of Parse. */
const SAVE_ERROR = 130;
const UNKNOWN: Kind = { type: 'application/octet-stream', isInline: false, isText: true };

/** By extension, which alone decides how a file is served: what a client says of its type is not believed. */
const KINDS: ReadonlyMap<string, Kind> = new Map([
  ...kinds('image', { png: '', jpg: 'jpeg', jpeg: '', gif: '', webp: '', avif: '', heic: '', heif: '', bmp: '' }),
  ...kinds('image', { tif: 'tiff', tiff: '' }),
  ...kinds('audio', { mp3: 'mpeg', m4a: 'mp4', aac: '', ogg: '', oga: 'ogg', opus: 'ogg', wav: '', flac: '' }),
  ...kinds('video', { mp4: '', m4v: 'mp4', mov: 'quicktime', webm: '', '3gp': '3gpp', mkv: 'x-matroska' }),
  ...kinds('video', { avi: 'x-msvideo' }),
  ['pdf', { type: 'application/pdf', isInline: true, isText: false }],
  // Shown as plain text whatever they hold.
  ...texts({
    txt: 'plain',
    log: 'plain',
    md: 'plain',
    srt: 'plain',
    csv: 'csv',
    tsv: 'tab-separated-values',
    vtt: 'vtt',
  }),
  ['json', { type: 'application/json; charset=utf-8', isInline: true, isText: true }],
  ...downloads({ ics: 'text/calendar', vcf: 'text/vcard', rtf: 'application/rtf', svg: 'image/svg+xml' }, true),
  ...downloads({
    doc: 'application/msword',
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    xls: 'application/vnd.ms-excel',
    xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ppt: 'application/vnd.ms-powerpoint',
    pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    odt: 'application/vnd.oasis.opendocument.text',
    ods: 'application/vnd.oasis.opendocument.spreadsheet',
    odp: 'application/vnd.oasis.opendocument.presentation',
    epub: 'application/epub+zip',
    zip: 'application/zip',
    gz: 'application/gzip',
    '7z': 'application/x-7z-compressed',
    tar: 'application/x-tar',
  }),
]);

/** How a file is answered. An SVG has its type for pages that show it as a picture, and is a download for who opens it. */
export function servedAs(name: string): { type: string; isInline: boolean } {
  return KINDS.get(extensionOf(name)) ?? UNKNOWN;
}

/**
 * The name under which a client's file is stored: one without an extension gets that of its type.
 * @throws AppError VALIDATION_ERROR (130) for what FILE_TYPES does not list, and for markup in disguise
 */
export function acceptedName(name: string, contentType: string, bytes: Buffer, types: readonly string[]): string {
  if (types.includes('*')) return name;
  const full = name.includes('.') ? name : withExtension(name, contentType);
  const extension = full.includes('.') ? extensionOf(full) : 'bin';
  if (!types.includes(extension)) throw refused(`File upload of extension ${extension || 'none'} is disabled.`);
  const isText = KINDS.get(extension)?.isText ?? true;
  if (!isText && looksLikeMarkup(bytes)) throw refused(`The file is no ${extension}: it begins as markup does.`);
  return full;
}

function withExtension(name: string, contentType: string): string {
  const type = contentType.split(';')[0]!.trim().toLowerCase();
  if (type === '' || type === UNKNOWN.type) return name;
  for (const [extension, kind] of KINDS) if (kind.type.split(';')[0] === type) return `${name}.${extension}`;
  throw refused(`File upload of type ${type.slice(0, 60)} is disabled.`);
}

/** Empty where a name ends in a point, a blank or another odd character. */
function extensionOf(name: string): string {
  return /\.([a-z0-9]{1,10})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
}

function looksLikeMarkup(bytes: Buffer): boolean {
  const first = bytes
    .subarray(0, 512)
    .toString('latin1')
    .replace(/\0|^ï»¿|^ÿþ|^þÿ/g, '');
  return /^\s*<[!?a-z]/i.test(first);
}

function refused(message: string): AppError {
  return new AppError('VALIDATION_ERROR', message, { parseCode: SAVE_ERROR });
}

function kinds(group: string, types: Record<string, string>): [string, Kind][] {
  const kind = (type: string): Kind => ({ type, isInline: true, isText: false });
  return Object.entries(types).map(([extension, type]) => [extension, kind(`${group}/${type || extension}`)]);
}

function texts(types: Record<string, string>): [string, Kind][] {
  const kind = (type: string): Kind => ({ type: `text/${type}; charset=utf-8`, isInline: true, isText: true });
  return Object.entries(types).map(([extension, type]) => [extension, kind(type)]);
}

function downloads(types: Record<string, string>, isText = false): [string, Kind][] {
  return Object.entries(types).map(([extension, type]) => [extension, { type, isInline: false, isText }]);
}

import type { Request } from 'express';
import { config } from '../core/config';
import { AppError } from '../core/errors';
import { guardJson } from '../core/operation/input';
import { parseJson } from '../core/operation/parse-json';
import { readBytes } from './body';

/** FILE_TOO_LARGE and INVALID_JSON of Parse. */
const TOO_LARGE = 129;
const INVALID_JSON = 107;
/** Beside the bytes in base64: credentials, metadata, tags. */
const FIELDS_BYTES = 65_536;

/** What an upload says of its file, however it says it. */
interface FileData {
  metadata?: unknown;
  tags?: unknown;
  directory?: unknown;
}

export interface FileRequest extends Request {
  fileData?: FileData;
}

/** SDKs that know no headers, browsers above all, send them as fields of a JSON body; these count alike. */
const HEADERS: Readonly<Record<string, string>> = {
  _ApplicationId: 'x-parse-application-id',
  _SessionToken: 'x-parse-session-token',
  _MasterKey: 'x-parse-master-key',
  _InstallationId: 'x-parse-installation-id',
  _JavaScriptKey: 'x-parse-javascript-key',
  _ContentType: 'content-type',
};

/**
 * Makes one form of both that SDKs use for an upload: the file's bytes in `req.body`, everything else in headers and
 * `req.fileData`. The limit holds for the file itself, in base64 or compressed as well.
 * @throws AppError PAYLOAD_TOO_LARGE, VALIDATION_ERROR, UNSUPPORTED_MEDIA_TYPE
 */
export async function readFileBody(req: FileRequest): Promise<void> {
  const { maxBytes } = config().files;
  // Parse takes the body for JSON only where no header names the application.
  const isRaw = req.headers['x-parse-application-id'] !== undefined || /^basic /i.test(req.headers.authorization ?? '');
  const bytes = await readBytes(req, isRaw ? maxBytes : Math.ceil(maxBytes / 3) * 4 + FIELDS_BYTES).catch(asFileError);
  req.body = isRaw ? bytes : unpacked(req, bytes);
  if (isRaw) req.fileData = headerData(req);
  if ((req.body as Buffer).length > maxBytes) throw tooLarge(maxBytes);
  delete req.headers['content-encoding'];
}

function unpacked(req: FileRequest, bytes: Buffer): Buffer {
  const fields = parseJson(bytes) as Record<string, unknown> | null;
  const { base64, fileData, ...rest } = fields ?? {};
  guardJson(rest);
  guardJson(fileData);
  for (const [field, header] of Object.entries(HEADERS)) {
    const value = rest[field];
    if (value === undefined) continue;
    if (typeof value !== 'string' || /[\r\n]/.test(value)) throw invalid(`${field}: must be a text.`);
    req.headers[header] = value;
  }
  if (typeof base64 !== 'string') throw invalid('base64: must be a text.');
  if (typeof fileData === 'object' && fileData !== null) req.fileData = fileData;
  return Buffer.from(base64, 'base64');
}

function headerData(req: Request): FileData {
  const directory = req.get('x-parse-file-directory');
  return {
    metadata: jsonHeader(req, 'x-parse-file-metadata'),
    tags: jsonHeader(req, 'x-parse-file-tags'),
    ...(directory ? { directory } : {}),
  };
}

function jsonHeader(req: Request, name: string): unknown {
  const text = req.get(name);
  if (!text) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below, with what is no object.
  }
  throw new AppError('VALIDATION_ERROR', `Invalid JSON in ${name} header.`, { parseCode: INVALID_JSON });
}

function asFileError(error: unknown): never {
  throw error instanceof AppError && error.code === 'PAYLOAD_TOO_LARGE' ? tooLarge(config().files.maxBytes) : error;
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('PAYLOAD_TOO_LARGE', `A file has at most ${maxBytes} bytes.`, { parseCode: TOO_LARGE });
}

function invalid(message: string): AppError {
  return new AppError('VALIDATION_ERROR', message, { parseCode: INVALID_JSON });
}

import type { IncomingMessage } from 'node:http';
import { config } from '../core/config';
import { AppError } from '../core/errors';
import { guardJson } from '../core/operation/input';
import { parseJson } from '../core/operation/parse-json';
import { drain, readBytes } from './body';
import { inflated, isCompressed } from './inflate';
import { readMultipart } from './upload-multipart';
import { parseOptions } from './upload-options';
import { storeUpload, type ReadUpload } from './upload-store';

export type { ReadUpload } from './upload-store';

/** A JSON body is held in memory as a whole; more rows than fit come as a file. */
const MAX_INLINE_BYTES = 32 * 1024 * 1024;

/**
 * The body of an upload operation: multipart with `options` before `file`, a raw file with `options` in the query, or
 * JSON `{"options":{…},"data":[…]}`. A file is on disk, with its SHA-256 known, when this returns.
 * @param exactAt as `Contract.exactNumbersAt`
 * @throws AppError VALIDATION_ERROR, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE; no file stays then
 */
export async function readUpload(
  req: IncomingMessage,
  query: URLSearchParams,
  exactAt: number | undefined,
): Promise<ReadUpload> {
  try {
    return await readBody(req, query, exactAt);
  } catch (error) {
    await drain(req);
    throw error;
  }
}

async function readBody(req: IncomingMessage, query: URLSearchParams, exactAt?: number): Promise<ReadUpload> {
  const maxBytes = config().limits.uploadBytes;
  const contentType = req.headers['content-type'] ?? '';
  if (/^multipart\//i.test(contentType)) return readMultipart(req, maxBytes);
  const optionsText = query.get('options');
  const isJson = /^application\/json\b/i.test(contentType) || contentType === '';
  if (optionsText === null) {
    if (!isJson) {
      throw new AppError('VALIDATION_ERROR', 'options: a raw file needs them as a URL-encoded query parameter.');
    }
    const input = parseJson(await readBytes(req, Math.min(MAX_INLINE_BYTES, maxBytes)), exactAt);
    guardJson(input);
    return { input, upload: undefined };
  }
  if (query.getAll('options').length > 1) throw new AppError('VALIDATION_ERROR', 'options: given twice.');
  const options = parseOptions(optionsText);
  // Node ends the socket of a request that announces more than it sends; here only the announced excess is refused early.
  if (!isCompressed(req) && Number(req.headers['content-length'] ?? 0) > maxBytes) {
    throw new AppError('PAYLOAD_TOO_LARGE', `The file is larger than ${maxBytes} bytes.`);
  }
  const upload = await storeUpload(inflated(req), { maxBytes, fileName: '', contentType });
  return { input: { options }, upload };
}

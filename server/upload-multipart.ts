import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyFileStream, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import { AppError } from '../core/errors';
import type { Upload } from '../core/upload';
import { inflated } from './inflate';
import { MAX_OPTIONS_BYTES, parseOptions } from './upload-options';
import { storeUpload, type ReadUpload } from './upload-store';

/** Reads part `options` (JSON), then part `file`; anything else, or another order, is refused. */
export async function readMultipart(req: IncomingMessage, maxBytes: number): Promise<ReadUpload> {
  const parser = openParser(req, maxBytes);
  const source = inflated(req);
  let options: unknown;
  let stored: Promise<Upload> | undefined;
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
    // What is still to come is not parsed; the door answers and closes the connection.
    source.unpipe(parser);
    if (source !== req) source.destroy();
    parser.destroy();
  };

  parser.on('field', (name, value, _nameTruncated, isTruncated) => {
    try {
      if (name !== 'options') throw invalid(`The part "${name.slice(0, 40)}" is not expected.`);
      if (stored) throw invalid('The part "options" must come before the part "file".');
      if (options !== undefined) throw invalid('The part "options" came twice.');
      if (isTruncated) throw invalid(`options: longer than ${MAX_OPTIONS_BYTES} bytes.`);
      options = parseOptions(value);
    } catch (error) {
      fail(error);
    }
  });
  parser.on('file', (name, stream, fileName, _encoding, contentType) => {
    const problem = filePartProblem(name, options !== undefined, stored !== undefined);
    if (problem) {
      stream.on('error', () => undefined).resume();
      return fail(invalid(problem));
    }
    stored = storePart(stream, { maxBytes, fileName: fileName ?? '', contentType });
    stored.catch(fail);
  });
  parser.on('partsLimit', () => fail(invalid('Too many parts.')));

  const ended = await waitForEnd(req, source, parser).then(
    () => undefined,
    (error: unknown) => error,
  );
  const upload = await stored?.catch(() => undefined);
  const error = failure ?? ended;
  if (error !== undefined || options === undefined || !upload) {
    if (upload) await rm(upload.path, { force: true });
    throw toUploadError(error, { hasOptions: options !== undefined });
  }
  return { input: { options }, upload };
}

function openParser(req: IncomingMessage, maxBytes: number): BusboyInstance {
  try {
    return new Busboy({
      headers: req.headers as BusboyHeaders,
      // Browsers give a JSON part from a Blob a file name; it is a field all the same.
      isPartAFile: (name) => name !== 'options',
      // One byte over the cap is how an excess shows.
      limits: { parts: 4, fields: 2, files: 2, fileSize: maxBytes + 1, fieldSize: MAX_OPTIONS_BYTES, headerPairs: 50 },
    });
  } catch (error) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send multipart/form-data with a boundary.', { cause: error });
  }
}

function filePartProblem(name: string, hasOptions: boolean, hasFile: boolean): string | undefined {
  if (name !== 'file') return `The part "${name.slice(0, 40)}" is not expected.`;
  if (hasFile) return 'The part "file" came twice.';
  return hasOptions ? undefined : 'The part "options" must come before the part "file".';
}

async function storePart(
  stream: BusboyFileStream,
  options: { maxBytes: number; fileName: string; contentType: string },
): Promise<Upload> {
  const upload = await storeUpload(stream, options);
  if (!stream.truncated) return upload;
  await rm(upload.path, { force: true });
  throw new AppError('PAYLOAD_TOO_LARGE', `The file is larger than ${options.maxBytes} bytes.`);
}

function waitForEnd(req: IncomingMessage, source: Readable, parser: BusboyInstance): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.on('finish', resolve);
    parser.on('error', reject);
    parser.on('close', resolve);
    source.on('error', (error) => {
      parser.destroy(error);
      reject(error);
    });
    req.on('aborted', () => {
      const error = new AppError('VALIDATION_ERROR', 'The upload ended before its end.');
      parser.destroy(error);
      reject(error);
    });
    source.pipe(parser);
  });
}

function toUploadError(error: unknown, { hasOptions }: { hasOptions: boolean }): AppError {
  if (error instanceof AppError) return error;
  if (error !== undefined) return new AppError('VALIDATION_ERROR', 'The multipart body is broken.', { cause: error });
  return invalid(`The part "${hasOptions ? 'file' : 'options'}" is missing.`);
}

function invalid(message: string): AppError {
  return new AppError('VALIDATION_ERROR', message);
}

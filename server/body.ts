import type { IncomingMessage } from 'node:http';
import { AppError } from '../core/errors';
import { parseJson } from '../core/operation/parse-json';
import { inflated, isCompressed } from './inflate';

/**
 * Reads a whole body, inflated where it came compressed.
 * @throws AppError PAYLOAD_TOO_LARGE once it is longer than `maxBytes`; UNSUPPORTED_MEDIA_TYPE, VALIDATION_ERROR
 */
export async function readBytes(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  try {
    return await readUpTo(req, maxBytes);
  } catch (error) {
    await drain(req, Math.max(DRAIN_BYTES, 2 * maxBytes));
    throw error;
  }
}

async function readUpTo(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const announced = Number(req.headers['content-length'] ?? 0);
  if (!isCompressed(req) && announced > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop must not destroy a request: its answer is still to be sent.
  for await (const chunk of inflated(req).iterator({ destroyOnReturn: isCompressed(req) }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * A JSON body; an empty one is {}.
 * @param exactAt as `Contract.exactNumbersAt`
 * @throws AppError UNSUPPORTED_MEDIA_TYPE, VALIDATION_ERROR, PAYLOAD_TOO_LARGE
 */
export async function readJson(req: IncomingMessage, maxBytes: number, exactAt?: number): Promise<unknown> {
  const bytes = await readBytes(req, maxBytes);
  if (bytes.length === 0) return {};
  const type = req.headers['content-type'] ?? 'application/json';
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(type)) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send application/json.');
  }
  const charset = /charset="?([\w-]+)/i.exec(type)?.[1];
  if (charset && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', `JSON is read as UTF-8, not as ${charset}.`);
  }
  return parseJson(bytes, exactAt);
}

const DRAIN_BYTES = 1024 * 1024;
const DRAIN_MS = 5_000;

/** A client that is still sending a little would get a broken connection instead of the answer. */
export function drain(req: IncomingMessage, maxBytes = DRAIN_BYTES): Promise<void> {
  return new Promise((resolve) => {
    if (req.readableEnded || req.destroyed) return resolve();
    let left = maxBytes;
    const timer = setTimeout(resolve, DRAIN_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    req.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) done();
    });
    req.once('end', done).once('close', done).once('error', done);
    req.resume();
  });
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('PAYLOAD_TOO_LARGE', `The body is larger than ${maxBytes} bytes.`);
}

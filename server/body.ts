import type { IncomingMessage } from 'node:http';
import { AppError } from '../core/errors';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a whole body. @throws AppError PAYLOAD_TOO_LARGE once it is longer than `maxBytes` */
export async function readBytes(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const announced = Number(req.headers['content-length'] ?? 0);
  if (announced > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A JSON body; an empty one is {}. @throws AppError UNSUPPORTED_MEDIA_TYPE, VALIDATION_ERROR, PAYLOAD_TOO_LARGE */
export async function readJson(req: IncomingMessage, maxBytes: number): Promise<unknown> {
  if (req.headers['content-encoding'] && req.headers['content-encoding'] !== 'identity') {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Compressed bodies are not read; send them plain.');
  }
  const bytes = await readBytes(req, maxBytes);
  if (bytes.length === 0) return {};
  const type = req.headers['content-type'] ?? 'application/json';
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(type)) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send application/json.');
  }
  return parseJson(bytes);
}

export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes)) as unknown;
  } catch (error) {
    throw new AppError('VALIDATION_ERROR', 'The body is not JSON in UTF-8.', { cause: error });
  }
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('PAYLOAD_TOO_LARGE', `The body is larger than ${maxBytes} bytes.`);
}

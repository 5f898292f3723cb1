import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, type Gunzip } from 'node:zlib';
import { AppError } from '../core/errors';

const DECODERS: Readonly<Record<string, () => Gunzip>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * The body as it was before the client compressed it. Whoever reads it counts what comes out, not what came in, and
 * stops at his limit: the rest of a bomb is never inflated.
 * @throws AppError UNSUPPORTED_MEDIA_TYPE for an encoding that is not read here; reading a broken body fails with
 * VALIDATION_ERROR
 */
export function inflated(req: IncomingMessage): Readable {
  const encoding = encodingOf(req);
  if (encoding === 'identity') return req;
  const decoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding]!() : undefined;
  if (!decoder) throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Content-Encoding: send gzip, deflate, br or none.');
  return Readable.from(decoded(req, decoder), { objectMode: false });
}

export function isCompressed(req: IncomingMessage): boolean {
  return encodingOf(req) !== 'identity';
}

function encodingOf(req: IncomingMessage): string {
  return (req.headers['content-encoding'] ?? '').trim().toLowerCase() || 'identity';
}

async function* decoded(req: IncomingMessage, decoder: Gunzip): AsyncGenerator<Buffer> {
  // Not `pipeline`: it would destroy the request, whose answer is still to be sent.
  const abort = (): unknown => req.complete || decoder.destroy(new Error('The client went away.'));
  req.once('error', abort).once('close', abort).pipe(decoder);
  try {
    for await (const chunk of decoder as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    throw new AppError('VALIDATION_ERROR', 'The compressed body is broken or not whole.', { cause: error });
  } finally {
    req.unpipe(decoder);
    decoder.destroy();
  }
}

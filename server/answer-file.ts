import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { FileAnswer } from '../core/operation/answers';
import { rangeOf } from './byte-range';

/** The file, or the one range of it that is asked for, no faster than the client reads. */
export async function sendFileAnswer(
  req: IncomingMessage,
  res: ServerResponse,
  { file }: FileAnswer,
  status: number,
): Promise<void> {
  const { name, contentType, sizeBytes, etag, isInline = false } = file;
  const headers: Record<string, string | number> = {
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-store',
    ...(etag === undefined ? {} : { etag }),
  };
  const tags = req.headers['if-none-match']?.split(',').map((tag) => tag.trim());
  if (etag !== undefined && tags?.some((tag) => tag === '*' || tag === etag)) {
    res.writeHead(304, headers).end();
    return;
  }
  const ifRange = req.headers['if-range'];
  const range = ifRange === undefined || ifRange === etag ? rangeOf(req.headers.range, sizeBytes) : undefined;
  if (range === 'none') {
    res.writeHead(416, { ...headers, 'content-range': `bytes */${sizeBytes}`, 'content-length': 0 }).end();
    return;
  }
  const length = range ? range.end - range.start + 1 : sizeBytes;
  // Before the first header: a file that cannot be opened is an error like any other.
  const source = req.method === 'HEAD' || length === 0 ? undefined : await file.open(range);
  res.writeHead(range ? 206 : status, {
    ...headers,
    'content-type': contentType,
    'content-disposition': disposition(name, isInline),
    'content-length': length,
    ...(range ? { 'content-range': `bytes ${range.start}-${range.end}/${sizeBytes}` } : {}),
  });
  if (!source) res.end();
  // Whoever leaves, or a source that breaks off: the connection is cut, so that nobody takes a part for the whole.
  else await pipeline(source, wholeOf(length), res).catch(() => res.destroy());
}

/** Fails where the source is longer or shorter than was announced. */
function wholeOf(length: number) {
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let sent = 0;
    for await (const chunk of chunks) {
      sent += chunk.length;
      if (sent > length) break;
      yield chunk;
    }
    if (sent !== length) throw new Error(`The file has ${sent} bytes, not ${length}.`);
  };
}

/** RFC 6266: plain ASCII for old clients, then the whole name. Nothing in a name ends the header or names a folder. */
export function disposition(name: string, isInline: boolean): string {
  const safe =
    Buffer.from(name.replace(/[\x00-\x1f\x7f/\\]/g, '_'))
      .toString()
      .slice(0, 200) || 'file';
  const ascii = safe.replace(/[^\x20-\x7e]|["%]/g, '_');
  const encoded = encodeURIComponent(Buffer.from(safe).toString()).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${isInline ? 'inline' : 'attachment'}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

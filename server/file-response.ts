import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import type { Request, Response } from 'express';
import { servedAs } from '../core/files/file-types';
import type { ByteRange } from '../core/files/storage.types';
import { rangeOf } from './byte-range';

/** A file that is about to be sent. */
export interface Download {
  name: string;
  size: number;
  read(range?: ByteRange): Promise<Readable>;
  forceDownload: boolean;
  /** Set by a host's trigger, over ours. */
  headers: Readonly<Record<string, string>>;
  /** Anybody may keep a copy: names are random, so a name's bytes never change. */
  isPublic: boolean;
}

const DAY_SECONDS = 86_400;
/** Opened by itself a file runs nothing and has no origin; pages that show it as a picture or play it are not concerned. */
const POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'";

/** Answers a GET or HEAD, whole or the one range that is asked for. */
export async function sendFile(req: Request, res: Response, file: Download): Promise<void> {
  setHeaders(res, file);
  const range = rangeOf(req.headers.range, file.size);
  if (range === 'none') {
    res.status(416).setHeader('content-range', `bytes */${file.size}`);
    res.end();
    return;
  }
  if (range) res.status(206).setHeader('content-range', `bytes ${range.start}-${range.end}/${file.size}`);
  res.setHeader('content-length', range ? range.end - range.start + 1 : file.size);
  if (req.method === 'HEAD' || file.size === 0) {
    res.end();
    return;
  }
  const source = await file.read(range);
  // A reader that leaves, or a storage that breaks off: the connection is cut, so that nobody takes a part for the whole.
  await pipeline(source, res).catch(() => res.destroy());
}

function setHeaders(res: Response, { name, forceDownload, headers, isPublic }: Download): void {
  const { type, isInline } = servedAs(name);
  const shown = name.slice(name.lastIndexOf('/') + 1).replace(/^[0-9a-f]{32}_/, '');
  res.setHeader('content-type', type);
  res.setHeader('content-disposition', `${isInline && !forceDownload ? 'inline' : 'attachment'}; filename="${shown}"`);
  res.setHeader('x-content-type-options', 'nosniff');
  // Browsers open no PDF in a sandbox; their viewers run nothing with our origin.
  res.setHeader('content-security-policy', type === 'application/pdf' ? POLICY : `${POLICY}; sandbox`);
  res.setHeader('referrer-policy', 'no-referrer');
  res.setHeader('accept-ranges', 'bytes');
  res.setHeader('cache-control', isPublic ? `public, max-age=${DAY_SECONDS}` : 'private, no-store');
  for (const [header, value] of Object.entries(headers)) res.setHeader(header, value);
}

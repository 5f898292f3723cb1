import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Request, Response } from 'express';
import Parse from 'parse/node';
import { isFileName, isOpenFile, mayReadFile, metadataOf } from '../cloud/files/files.service';
import type { Actor } from '../core/context';
import { servedAs } from '../core/files/file-types';
import { hasFileTrigger, runFileTrigger, type FileCaller, type FileObject } from '../core/files/file-triggers';
import { fileStorage } from '../core/files/storage';
import type { ByteRange } from '../core/files/storage.types';
import { sendFile, type Download } from './file-response';

export type FileReader = FileCaller & { actor: Actor };

const { SCRIPT_FAILED } = Parse.Error;

/** What came with the upload; {} also for who may not read the file, and where there is none. */
export async function readMetadata(req: Request, res: Response, caller: FileReader): Promise<void> {
  const name = await located(req, caller);
  const metadata = name === undefined ? undefined : await metadataOf(name);
  if (name !== undefined) await runFileTrigger('afterFind', objectOf(name, ''), caller, SCRIPT_FAILED);
  res.status(200).json(metadata ? { metadata } : {});
}

/** The same answer where there is no file and where the caller may not know of it. */
export async function readFile(req: Request, res: Response, caller: FileReader): Promise<void> {
  const name = await located(req, caller);
  const size = name === undefined ? undefined : await fileStorage().sizeOf(name);
  if (name === undefined || size === undefined) {
    res.status(404).type('text/plain').end('File not found.');
    return;
  }
  const stored: Download = {
    name,
    size,
    read: (range) => fileStorage().read(name, range),
    forceDownload: false,
    headers: {},
    isPublic: isOpenFile(name) && !hasFileTrigger('beforeFind'),
  };
  await sendFile(req, res, hasFileTrigger('afterFind') ? await changed(stored, caller) : stored);
}

/** The file's name, where the caller may read it; a host's trigger may name another one. */
async function located(req: Request, caller: FileReader): Promise<string | undefined> {
  const { filepath } = req.params as { filepath?: string | string[] };
  const name = Array.isArray(filepath) ? filepath.join('/') : String(filepath);
  const { expires, signature } = req.query;
  const mayRead = isFileName(name) && (await mayReadFile(caller.actor, name, { expires, signature }, new Date()));
  if (!mayRead) return undefined;
  const given = await runFileTrigger('beforeFind', objectOf(name, ''), caller, SCRIPT_FAILED);
  return fileIn(given)?.name() ?? name;
}

/** A host's trigger sees the whole file, and may give other bytes. */
async function changed(stored: Download, caller: FileReader): Promise<Download> {
  const base64 = (await buffer(await stored.read())).toString('base64');
  const object = { ...objectOf(stored.name, base64), forceDownload: false };
  const given = await runFileTrigger('afterFind', object, caller, SCRIPT_FAILED);
  const file = fileIn(given) ?? object.file;
  const bytes = Buffer.from((file as unknown as { _data?: string })._data ?? '', 'base64');
  const { forceDownload = false, responseHeaders = {} } = { ...object, ...(given as Partial<FileObject>) };
  return {
    name: file.name(),
    size: bytes.length,
    read: (range?: ByteRange) =>
      Promise.resolve(Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes])),
    forceDownload,
    headers: responseHeaders,
    isPublic: false,
  };
}

function objectOf(name: string, base64: string): FileObject {
  const file = new Parse.File(name, { base64 }, servedAs(name).type);
  return { file, fileSize: null, responseHeaders: { 'X-Content-Type-Options': 'nosniff' } };
}

function fileIn(given: unknown): Parse.File | undefined {
  const { file } = (given ?? {}) as { file?: unknown };
  return file instanceof Parse.File ? file : undefined;
}

import { buffer } from 'node:stream/consumers';
import { config } from '../config';
import { fileStorage } from './storage';

/** Files whose name begins so are read by their owner and administrators alone. */
export const PRIVATE_FOLDER = 'private';

export const isPrivate = (name: string): boolean => name.startsWith(`${PRIVATE_FOLDER}/`);

/** Parse Server's seam for files. Uploads, reads and removals of clients come to it through our own routes. */
export class FilesAdapter {
  readonly supportsStreaming = false;

  createFile(name: string, data: Buffer): Promise<void> {
    return fileStorage().put(name, data);
  }

  deleteFile(name: string): Promise<void> {
    return fileStorage().remove(name);
  }

  async getFileData(name: string): Promise<Buffer> {
    return buffer(await fileStorage().read(name));
  }

  getFileLocation(_config: unknown, name: string): string {
    return fileUrl(name);
  }
}

/** Never by the Host header of a request: addresses end up in stored objects and in other people's hands. */
export function fileUrl(name: string): string {
  const { files, publicUrl, parseMount, parseAppId } = config();
  const path = name.split('/').map(encodeURIComponent).join('/');
  if (files.s3?.publicUrl && files.download === 'public' && !isPrivate(name))
    return `${files.s3.publicUrl}/${files.s3.prefix}${path}`;
  return `${publicUrl}${parseMount}/files/${parseAppId}/${path}`;
}

/** Host names that a file in an object may point to: ours, and those that were named. */
export function fileUrlDomains(): string[] {
  const { files, publicUrl } = config();
  const own = [publicUrl, files.s3?.publicUrl].flatMap((url) => (url ? [new URL(url).hostname] : []));
  return [...own, ...files.urlDomains];
}

import { config } from '../config';
import { DataDirStorage } from './storage.data-dir';
import { GridfsStorage } from './storage.gridfs';
import { S3Storage } from './storage.s3';
import type { FileStorage } from './storage.types';

let opened: FileStorage | undefined;

/** The storage that FILE_STORAGE names. */
export function fileStorage(): FileStorage {
  opened ??= open();
  return opened;
}

function open(): FileStorage {
  const { files, dataDir } = config();
  if (files.s3) return new S3Storage(files.s3);
  return files.storage === 'gridfs' ? new GridfsStorage() : new DataDirStorage(dataDir);
}

import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { GridFSBucket } from 'mongodb';
import { database } from '../database/database';
import { storageAway, type ByteRange, type FileStorage } from './storage.types';

/** GridFS of the database, in the bucket that Parse Server uses by default. */
export class GridfsStorage implements FileStorage {
  async put(name: string, bytes: Buffer): Promise<void> {
    const upload = this.bucket().openUploadStream(name);
    try {
      // The file's document is written last: before that there is no such file.
      upload.end(bytes);
      await finished(upload);
    } catch (error) {
      await upload.abort().catch(() => undefined);
      throw storageAway(error);
    }
  }

  async sizeOf(name: string): Promise<number | undefined> {
    const [found] = await this.find(name);
    return found?.length;
  }

  read(name: string, range?: ByteRange): Promise<Readable> {
    const options = range ? { start: range.start, end: range.end + 1 } : {};
    return Promise.resolve(this.bucket().openDownloadStreamByName(name, options));
  }

  async remove(name: string): Promise<void> {
    for (const { _id } of await this.find(name)) {
      await this.bucket()
        .delete(_id)
        .catch((error: unknown) => {
          throw storageAway(error);
        });
    }
  }

  private async find(name: string) {
    try {
      return await this.bucket().find({ filename: name }).toArray();
    } catch (error) {
      throw storageAway(error);
    }
  }

  private bucket(): GridFSBucket {
    const opened = database();
    if (opened.kind !== 'mongo') throw new Error('GridFS needs MongoDB.');
    return new GridFSBucket(opened.db);
  }
}

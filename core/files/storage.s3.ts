import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { AwsV4Signer } from 'aws4fetch';
import { Agent, request, type Dispatcher } from 'undici';
import type { S3Config } from '../config.files';
import { servedAs } from './file-types';
import { storageAway, type ByteRange, type FileStorage } from './storage.types';

const CONNECT_MS = 5_000;
const HEADERS_MS = 10_000;
/** Between two pieces of a body. */
const BODY_MS = 30_000;
const TRIES = 2;

interface Ask {
  method: 'PUT' | 'GET' | 'HEAD' | 'DELETE';
  headers?: Record<string, string>;
  body?: Buffer;
}

/** A bucket of S3 or of a service that speaks its protocol; requests are signed (version 4). */
export class S3Storage implements FileStorage {
  private readonly agent = new Agent({
    connect: { timeout: CONNECT_MS },
    headersTimeout: HEADERS_MS,
    bodyTimeout: BODY_MS,
  });

  constructor(private readonly settings: S3Config) {}

  async put(name: string, bytes: Buffer): Promise<void> {
    // For who reads the bucket itself: there we cannot say how it is to be shown.
    const { type, isInline } = servedAs(name);
    const headers = { 'content-type': type, 'content-disposition': isInline ? 'inline' : 'attachment' };
    await finish(await this.ask(name, { method: 'PUT', body: bytes, headers }), [200]);
  }

  async sizeOf(name: string): Promise<number | undefined> {
    const answer = await this.ask(name, { method: 'HEAD' });
    await finish(answer, [200, 404]);
    return answer.statusCode === 404 ? undefined : Number(answer.headers['content-length']);
  }

  async read(name: string, range?: ByteRange): Promise<Readable> {
    const headers: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end}` } : {};
    const answer = await this.ask(name, { method: 'GET', headers });
    if (answer.statusCode !== (range ? 206 : 200)) await finish(answer, []);
    return answer.body;
  }

  async remove(name: string): Promise<void> {
    await finish(await this.ask(name, { method: 'DELETE' }), [200, 204, 404]);
  }

  /** Every request may be repeated: a name is written once, with the same bytes. Who was silent is not asked again. */
  private async ask(name: string, { method, headers, body }: Ask): Promise<Dispatcher.ResponseData> {
    const { url, prefix, region, accessKeyId, secretAccessKey } = this.settings;
    const hash = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    const key = `${prefix}${name}`.split('/').map(encodeURIComponent).join('/');
    const signed = await new AwsV4Signer({
      method,
      url: `${url}/${key}`,
      headers: { ...headers, 'x-amz-content-sha256': hash },
      ...{ service: 's3', region, accessKeyId, secretAccessKey },
    }).sign();
    const options = { method, headers: Object.fromEntries(signed.headers), body: body ?? null, dispatcher: this.agent };
    for (let left = TRIES - 1; ; left -= 1) {
      try {
        const answer = await request(signed.url, options);
        if (answer.statusCode < 500 || left === 0) return answer;
        await answer.body.dump();
      } catch (error) {
        const isSilent = (error as { code?: unknown }).code === 'UND_ERR_HEADERS_TIMEOUT';
        if (left === 0 || isSilent) throw storageAway(error);
      }
    }
  }
}

/** Reads the rest of an answer; the cause tells the status alone, never what was sent. */
async function finish({ statusCode, body }: Dispatcher.ResponseData, expected: readonly number[]): Promise<void> {
  await body.dump().catch(() => undefined);
  if (!expected.includes(statusCode)) throw storageAway(new Error(`The S3 service answered ${statusCode}.`));
}

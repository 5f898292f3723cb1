import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

interface StoredObject {
  bytes: Buffer;
  contentType: string;
  contentDisposition: string;
}

export interface FakeS3 {
  url: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  objects: Map<string, StoredObject>;
  /** What was refused, and why. */
  refusals: string[];
  /** `down`: 503. `silent`: no answer at all. */
  mode: 'up' | 'down' | 'silent';
  stop(): Promise<void>;
}

const REGION = 'eu-test-1';
const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * A bucket on loopback: PUT, GET with ranges, HEAD and DELETE of objects, by path. It checks what S3 checks of a
 * request, by Amazon's description of signature version 4 and not by our code: key, date, signed headers, payload.
 */
export async function startFakeS3(): Promise<FakeS3> {
  const fake: FakeS3 = {
    ...{ url: '', bucket: 'test-bucket', accessKeyId: 'AKTEST', secretAccessKey: 'canary/secret+of=the-bucket' },
    ...{ objects: new Map<string, StoredObject>(), refusals: [], mode: 'up', stop: () => Promise.resolve() },
  };
  const server = http.createServer((req, res) => void answer(fake, req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  fake.stop = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return fake;
}

async function answer(fake: FakeS3, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const body = await buffer(req);
  if (fake.mode === 'silent') return;
  if (fake.mode === 'down') return void res.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
  const fault = faultOf(fake, req, body);
  if (fault) {
    fake.refusals.push(fault);
    return void res.writeHead(403).end(`<Error><Code>${fault}</Code></Error>`);
  }
  const [, bucket, ...parts] = decodeURIComponent(req.url!.split('?')[0]!).split('/');
  if (bucket !== fake.bucket) return void res.writeHead(404).end('<Error><Code>NoSuchBucket</Code></Error>');
  serve(fake, { method: req.method!, key: parts.join('/'), body, req }, res);
}

interface Call {
  method: string;
  key: string;
  body: Buffer;
  req: IncomingMessage;
}

function serve(fake: FakeS3, { method, key, body, req }: Call, res: ServerResponse): void {
  if (method === 'PUT') {
    const { 'content-type': contentType = '', 'content-disposition': contentDisposition = '' } = req.headers;
    fake.objects.set(key, { bytes: body, contentType, contentDisposition });
    return void res.writeHead(200).end();
  }
  if (method === 'DELETE') {
    fake.objects.delete(key);
    return void res.writeHead(204).end();
  }
  const found = fake.objects.get(key);
  if (!found)
    return void res.writeHead(404).end(method === 'HEAD' ? undefined : '<Error><Code>NoSuchKey</Code></Error>');
  const range = /^bytes=(\d+)-(\d+)$/.exec(req.headers.range ?? '');
  const bytes = range ? found.bytes.subarray(Number(range[1]), Number(range[2]) + 1) : found.bytes;
  res.writeHead(range ? 206 : 200, { 'content-length': bytes.length, 'content-type': found.contentType });
  res.end(method === 'HEAD' ? undefined : bytes);
}

function faultOf(fake: FakeS3, req: IncomingMessage, body: Buffer): string | undefined {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
  const match = form.exec(req.headers.authorization ?? '');
  if (!match) return 'AuthorizationHeaderMalformed';
  const [, key, day, region, signedHeaders, signature] = match as unknown as string[];
  if (key !== fake.accessKeyId) return 'InvalidAccessKeyId';
  if (region !== REGION) return 'WrongRegion';
  const at = String(req.headers['x-amz-date']);
  const when = Date.parse(at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(Date.now() - when) < 900_000) || !at.startsWith(day!)) return 'RequestTimeTooSkewed';
  const payload = String(req.headers['x-amz-content-sha256']);
  if (payload !== sha256(body)) return 'XAmzContentSHA256Mismatch';
  const names = signedHeaders!.split(';');
  if (!['host', 'x-amz-date', 'x-amz-content-sha256'].every((name) => names.includes(name)))
    return 'MissingSignedHeader';
  const canonical = [
    req.method,
    decodeURIComponent(req.url!.split('?')[0]!).split('/').map(encode).join('/'),
    '',
    ...names.map((name) => `${name}:${String(req.headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders,
    payload,
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const signing = [day!, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${fake.secretAccessKey}`,
  );
  const right = hmac(signing, `AWS4-HMAC-SHA256\n${at}\n${scope}\n${sha256(canonical)}`);
  return timingSafeEqual(right, Buffer.from(signature!, 'hex')) ? undefined : 'SignatureDoesNotMatch';
}

export const s3Settings = (fake: FakeS3): Record<string, string> => ({
  FILE_STORAGE: 's3',
  S3_ENDPOINT: fake.url,
  S3_BUCKET: fake.bucket,
  S3_REGION: REGION,
  S3_ACCESS_KEY_ID: fake.accessKeyId,
  S3_SECRET_ACCESS_KEY: fake.secretAccessKey,
  S3_PREFIX: 'app-files/',
});

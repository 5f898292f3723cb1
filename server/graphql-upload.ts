import { Readable } from 'node:stream';
import { createRequire } from 'node:module';
import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import type { Request, Response } from 'express';
import { config } from '../core/config';
import { AppError } from '../core/errors';
import { guardJson } from '../core/operation/input';
import { parseJson } from '../core/operation/parse-json';
import { readBytes } from './body';
import type { ParseBody } from './parse-calls';

const MAX_FILES = 5;
const FIELD_BYTES = 262_144;
const NAME = /^[_a-zA-Z0-9][a-zA-Z0-9@. ~_-]{0,127}$/;
/** Where a file may be put: a variable, or a field of one. */
const PATH = /^variables(\.\w{1,128}){1,10}$/;

interface GraphqlFile {
  filename: string;
}
interface UploadLike {
  promise: Promise<GraphqlFile>;
}

/** Parse Server's own copy: its GraphQL takes no other's uploads. */
const processRequest = createRequire(require.resolve('parse-server'))('graphql-upload/processRequest.js') as (
  request: object,
  response: Response,
  limits: { maxFieldSize: number; maxFileSize: number; maxFiles: number },
) => Promise<Record<string, unknown>>;

/**
 * A GraphQL multipart request (files beside the document). What Parse reads by itself from the line is read here, so
 * that the document passes the same gates as every other.
 * @throws AppError VALIDATION_ERROR, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE
 */
export async function readGraphqlUpload(req: Request, res: Response): Promise<ParseBody> {
  const { maxBytes } = config().files;
  const bytes = await readBytes(req, maxBytes + 2 * FIELD_BYTES);
  const { operations, map, names } = await fieldsOf(bytes, req.headers as BusboyHeaders);
  const body: unknown = parseJson(Buffer.from(operations ?? ''));
  const places: unknown = parseJson(Buffer.from(map ?? ''));
  guardJson(body);
  guardJson(places);
  if (!isObject(body) || !isObject(places)) throw broken('operations and map: must be JSON objects.');
  for (const paths of Object.values(places)) {
    if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string' && PATH.test(path)))
      throw broken('map: must name variables.');
  }
  const wrong = names.find((name) => !NAME.test(name));
  if (wrong !== undefined) throw broken('Filename contains invalid characters.');
  const request = Object.assign(Readable.from([bytes], { objectMode: false }), { headers: req.headers });
  const limits = { maxFieldSize: FIELD_BYTES, maxFileSize: maxBytes, maxFiles: MAX_FILES };
  req.body = await processRequest(request, res, limits);
  for (const upload of uploadsIn(req.body)) void upload.promise.then(encodeName, () => undefined);
  // From here on a request as any other; Parse's own reader of forms passes it by.
  req.headers['content-type'] = 'application/json';
  delete req.headers['content-encoding'];
  return body;
}

interface Fields {
  operations?: string;
  map?: string;
  names: string[];
}

function fieldsOf(bytes: Buffer, headers: BusboyHeaders): Promise<Fields> {
  return new Promise((resolve, reject) => {
    const fields: Fields = { names: [] };
    const fail = (error: unknown): void =>
      reject(error instanceof AppError ? error : broken('The form is broken.', error));
    try {
      const limits = { fields: 2, files: MAX_FILES, parts: MAX_FILES + 2, fieldSize: FIELD_BYTES, headerPairs: 50 };
      const parser = new Busboy({ headers, limits });
      parser.on('field', (name, value, _nameTruncated, isTruncated) => {
        if (isTruncated) fail(broken(`${name.slice(0, 40)}: more than ${FIELD_BYTES} bytes.`));
        if (name === 'operations' || name === 'map') fields[name] = value;
      });
      parser.on('file', (_name, stream, fileName) => {
        fields.names.push(fileName ?? '');
        stream.on('error', () => undefined).resume();
      });
      parser.on('partsLimit', () => fail(broken(`At most ${MAX_FILES} files.`)));
      parser.on('filesLimit', () => fail(broken(`At most ${MAX_FILES} files.`)));
      parser.on('error', fail);
      parser.on('finish', () => resolve(fields));
      parser.end(bytes);
    } catch (error) {
      fail(error);
    }
  });
}

/** Parse Server puts the name into the address of its upload as it is. */
function encodeName(file: GraphqlFile): void {
  file.filename = encodeURIComponent(file.filename);
}

function uploadsIn(value: unknown): UploadLike[] {
  if (typeof value !== 'object' || value === null) return [];
  if ((value as Partial<UploadLike>).promise instanceof Promise) return [value as UploadLike];
  return Object.values(value).flatMap(uploadsIn);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function broken(message: string, cause?: unknown): AppError {
  return new AppError('VALIDATION_ERROR', message, { cause });
}

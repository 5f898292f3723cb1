import { isOn, list, type Raw } from './config.variables';

/** Files of Parse: where they lie, which are taken, who may read them. */
export interface FilesConfig {
  storage: 'data-dir' | 'gridfs' | 's3';
  maxBytes: number;
  /** Extensions in lower case; `*` alone for any. */
  types: string[];
  allowPublicUpload: boolean;
  allowAnonymousUpload: boolean;
  download: 'public' | 'signed-in';
  /** Host names beside our own that a file in an object may point to. */
  urlDomains: string[];
  s3: S3Config | undefined;
}

export interface S3Config {
  /** Of the bucket, without a slash at its end. */
  url: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  prefix: string;
  publicUrl: string | undefined;
}

export function readFiles(raw: Raw, database: 'postgres' | 'mongo', faults: string[]): FilesConfig {
  const storage = raw.FILE_STORAGE as FilesConfig['storage'];
  if (storage === 'gridfs' && database !== 'mongo') {
    faults.push('FILE_STORAGE: gridfs lies in MongoDB, and the database is PostgreSQL; use data-dir or s3.');
  }
  return {
    storage,
    maxBytes: Number(raw.FILE_MAX_BYTES),
    types: list((raw.FILE_TYPES ?? '').toLowerCase()),
    allowPublicUpload: isOn(raw.FILE_UPLOAD_PUBLIC ?? ''),
    allowAnonymousUpload: isOn(raw.FILE_UPLOAD_ANONYMOUS ?? ''),
    download: raw.FILE_DOWNLOAD as FilesConfig['download'],
    urlDomains: list((raw.FILE_URL_DOMAINS ?? '').toLowerCase()),
    s3: storage === 's3' ? readS3(raw, faults) : undefined,
  };
}

function readS3(raw: Raw, faults: string[]): S3Config {
  for (const name of ['S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const) {
    if (!raw[name]) faults.push(`${name}: required with FILE_STORAGE=s3.`);
  }
  const bucket = raw.S3_BUCKET ?? '';
  const endpoint = new URL(raw.S3_ENDPOINT ?? `https://s3.${raw.S3_REGION}.amazonaws.com`);
  const isInPath = raw.S3_FORCE_PATH_STYLE ? isOn(raw.S3_FORCE_PATH_STYLE) : raw.S3_ENDPOINT !== undefined;
  if (isInPath) endpoint.pathname = `${endpoint.pathname.replace(/\/$/, '')}/${bucket}`;
  else endpoint.hostname = `${bucket}.${endpoint.hostname}`;
  return {
    url: endpoint.toString().replace(/\/$/, ''),
    region: raw.S3_REGION!,
    accessKeyId: raw.S3_ACCESS_KEY_ID ?? '',
    secretAccessKey: raw.S3_SECRET_ACCESS_KEY ?? '',
    prefix: raw.S3_PREFIX ?? '',
    publicUrl: raw.S3_PUBLIC_URL?.replace(/\/$/, ''),
  };
}

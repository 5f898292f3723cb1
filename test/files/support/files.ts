import { api, parseRest, testServer, type Answer } from '../../harness/app';
import { uniqueName } from '../../factories/ids';

export const APP_ID = (): string => testServer().env['PARSE_APP_ID'] ?? 'appbackend';

export interface Sender {
  sessionToken?: string;
  masterKey?: boolean;
  headers?: Record<string, string>;
}

/** An upload as the REST guide has it: the bytes as they are. */
export function uploadRaw(
  name: string,
  bytes: string | Uint8Array,
  { headers, ...sender }: Sender = {},
): Promise<Answer> {
  return parseRest('POST', `/files/${encodeURIComponent(name)}`, {
    ...sender,
    body: typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
    headers: { 'Content-Type': 'application/octet-stream', ...headers },
  });
}

/** An upload as SDKs without headers do it: all fields in one JSON text. */
export function uploadFields(name: string, fields: Record<string, unknown>): Promise<Answer> {
  const body = JSON.stringify({ _ApplicationId: APP_ID(), ...fields });
  return api('POST', `/parse/files/${name}`, { body, headers: { 'Content-Type': 'text/plain' } });
}

/** Reads by the address that an upload gave, with what a browser would send. */
export async function readUrl(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const local = new URL(new URL(url).pathname + new URL(url).search, testServer().url);
  const response = await fetch(local, { method, headers, redirect: 'manual' });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes, text: bytes.toString('utf8') };
}

/** A class of the app's own with a file in it, which signed-in users read and write. */
export async function makeFileClass(): Promise<string> {
  const className = uniqueName('Album');
  const signedIn = { requiresAuthentication: true };
  const answer = await parseRest('POST', `/schemas/${className}`, {
    masterKey: true,
    body: {
      className,
      fields: {
        cover: { type: 'File' },
        extras: { type: 'Array' },
        more: { type: 'Object' },
        title: { type: 'String' },
      },
      classLevelPermissions: { find: signedIn, get: signedIn, create: signedIn, update: signedIn, delete: signedIn },
    },
  });
  if (answer.status !== 200) throw new Error(`No class: ${answer.status} ${JSON.stringify(answer.body)}`);
  return className;
}

import { Agent, fetch } from 'undici';
import type { Step, Style, Who } from './question';
import type { Side } from './servers';

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

interface Wire {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

const INSTALLATION = '6f1b2c3d-1111-4222-8333-444455556666';
const CLIENT_HEADERS: Record<'ios' | 'android' | 'flutter', Record<string, string>> = {
  ios: { 'X-Parse-Client-Version': 'i4.2.0', 'X-Parse-OS-Version': '17.4 (21E213)', 'X-Parse-App-Build-Version': '1' },
  android: { 'X-Parse-Client-Version': 'a4.3.0', 'X-Parse-OS-Version': '14', 'X-Parse-App-Build-Version': '1' },
  flutter: { 'X-Parse-Client-Version': 'flutter9.0.0' },
};

/** One request to one server, put as the SDK of this style puts it. */
export async function send(side: Side, step: Step, style: Style): Promise<Reply> {
  const credentials = credentialsOf(side, step);
  const wire = step.raw === undefined ? inStyle(style, step, credentials) : asItIs(step, credentials);
  for (const [name, value] of Object.entries(step.headers ?? {})) {
    for (const given of Object.keys(wire.headers))
      if (given.toLowerCase() === name.toLowerCase()) delete wire.headers[given];
    if (value !== undefined) wire.headers[name] = value;
  }
  const url = `${side.url}${step.isRoot ? '' : '/parse'}${wire.path}`;
  return exchange(url, wire).catch(ended);
}

/** Plain Parse cuts the connection behind an answer of 403, so none is used twice. */
const unkept = new Agent({ pipelining: 0 });

async function exchange(url: string, { method, headers, body }: Wire): Promise<Reply> {
  const response = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    dispatcher: unkept,
    ...(body === undefined ? {} : { body }),
  });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: parsed(await response.text()),
  };
}

/** A server that has ended is an answer, too. */
const ended = (error: Error): Reply => ({
  status: 0,
  headers: {},
  body: { ended: (error.cause as Error | undefined)?.message ?? error.message },
});

interface Credentials {
  appId: string;
  masterKey?: string;
  sessionToken?: string;
}

function credentialsOf(side: Side, { as: who = 'nobody', session }: Step): Credentials {
  const token = session ?? tokenOf(side, who);
  return {
    appId: 'appbackend',
    ...(who === 'master' ? { masterKey: side.masterKey } : {}),
    ...(token ? { sessionToken: token } : {}),
  };
}

const tokenOf = (side: Side, who: Who): string | undefined => side.names[`${who}Session`];

function headersOf({ appId, masterKey, sessionToken }: Credentials): Record<string, string> {
  return {
    'X-Parse-Application-Id': appId,
    ...(masterKey ? { 'X-Parse-Master-Key': masterKey } : {}),
    ...(sessionToken ? { 'X-Parse-Session-Token': sessionToken } : {}),
  };
}

function asItIs({ method, path, raw }: Step, credentials: Credentials): Wire {
  const headers = { ...headersOf(credentials), 'Content-Type': 'application/json' };
  return { method, path, headers, ...(method === 'GET' ? {} : { body: raw! }) };
}

function inStyle(style: Style, step: Step, credentials: Credentials): Wire {
  if (style === 'js') return asBrowser(step, credentials);
  const headers = headersOf(credentials);
  if (style !== 'rest') {
    Object.assign(headers, CLIENT_HEADERS[style], { 'X-Parse-Installation-Id': INSTALLATION });
    if (style === 'flutter') headers['X-Parse-Revocable-Session'] = '1';
  }
  const { method, path, body } = step;
  const isRead = method === 'GET' || method === 'DELETE';
  if (isRead && (style === 'rest' || style === 'flutter')) {
    return { method, path: `${path}${queryString(body)}`, headers };
  }
  if (body === undefined) return { method, path, headers };
  headers['Content-Type'] = 'application/json';
  if (!isRead) return { method, path, headers, body: JSON.stringify(body) };
  const fields = style === 'android' ? texts(body as object) : body;
  return { method: 'POST', path, headers, body: JSON.stringify({ ...(fields as object), _method: method }) };
}

/** The JavaScript SDK where a page of another origin runs it: no header that would need a preflight. */
function asBrowser({ method, path, body }: Step, { appId, masterKey, sessionToken }: Credentials): Wire {
  const fields = {
    ...(body as object),
    ...(method === 'POST' ? {} : { _method: method }),
    _ApplicationId: appId,
    _ClientVersion: 'js8.6.0',
    _InstallationId: INSTALLATION,
    ...(masterKey ? { _MasterKey: masterKey } : {}),
    ...(sessionToken ? { _SessionToken: sessionToken } : {}),
  };
  return { method: 'POST', path, headers: { 'Content-Type': 'text/plain' }, body: JSON.stringify(fields) };
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const texts = (params: object): Record<string, string> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, asText(value)]));

function queryString(params: unknown): string {
  if (params === undefined) return '';
  return `?${new URLSearchParams(texts(params as object)).toString()}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

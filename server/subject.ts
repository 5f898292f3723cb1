import { posix } from 'node:path';
import type { Request } from 'express';
import { callsOf, isGraphql, type ParseBody } from './parse-calls';

/** What a request asked for, in its log line: names that code declares, never what people typed. */
export interface Subject {
  function?: string;
  job?: string;
  class?: string;
  /** Of a batch. */
  requests?: number;
  /** The name that its author gave a GraphQL operation. */
  graphql?: string;
}

const NAME = /^[A-Za-z_][\w.-]*$/;
const MAX_NAME = 64;
const CLASS_ROUTES = new Set(['classes', 'aggregate', 'purge', 'schemas']);
const CLASSES_OF_ROUTES: Readonly<Record<string, string>> = {
  users: '_User',
  login: '_User',
  loginas: '_User',
  logout: '_Session',
  verifypassword: '_User',
  sessions: '_Session',
  roles: '_Role',
  installations: '_Installation',
};

/** By the path alone, before there is a body. */
export function pathSubject(req: Request): Subject {
  if (isGraphql(req)) return {};
  const [first = '', second = ''] = posix.normalize(`/${req.path}`).split('/').slice(1);
  const route = first.toLowerCase();
  if (route === 'functions') return { function: nameOf(second) };
  if (route === 'jobs' && second) return { job: nameOf(second) };
  if (CLASS_ROUTES.has(route) && second) return { class: nameOf(second) };
  const implied = Object.hasOwn(CLASSES_OF_ROUTES, route) ? CLASSES_OF_ROUTES[route] : undefined;
  return implied ? { class: implied } : {};
}

/** With what the body tells. */
export function subjectOf(req: Request, body: ParseBody): Subject {
  if (isGraphql(req)) {
    const name = graphqlName(body);
    return name === undefined ? {} : { graphql: nameOf(name) };
  }
  if (Array.isArray(body?.requests)) return { requests: callsOf(req, body).length };
  return pathSubject(req);
}

function graphqlName({ operationName, query }: NonNullable<ParseBody> = {}): string | undefined {
  if (typeof operationName === 'string' && operationName) return operationName;
  if (typeof query !== 'string') return undefined;
  return /^\s*(?:query|mutation|subscription)\s+(\w{1,200})/.exec(query)?.[1];
}

/** What is no name of a function or class may be anything: an address, a secret. */
const nameOf = (text: string): string => (NAME.test(text) ? text.slice(0, MAX_NAME) : 'invalid');

import type { z } from 'zod';
import type { Role } from '../roles';
import type { ErrorCode } from '../errors';

/** Who may call: see docs/role-matrix.md, which is generated from these. */
export type Access =
  | { kind: 'public' }
  /** Any signed-in, active user. What such a user may see is the service's to decide. */
  | { kind: 'user' }
  /** One of the roles; or, with `selfParam`, the person whom that input field names. */
  | { kind: 'roles'; roles: readonly Role[]; selfParam?: string }
  /** Open where OPS_ROUTES_PUBLIC is on, otherwise platform admins; with `scraper` also whoever has METRICS_TOKEN. */
  | { kind: 'operator'; scraper?: true }
  /** An API key that has all these scopes (core/listeners: resolveKey); with `roles` also people who have one of them. */
  | { kind: 'key'; scopes: readonly string[]; roles?: readonly Role[] }
  /** Whoever signed the body, as the operation's `verify` says. `by`: who that is, for readers. */
  | { kind: 'signed'; by: string };

export interface RestDoor {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the API prefix, with `{name}` parameters: `/users/{user_id}`. Starting with `//`: from the root. */
  path: string;
  /** Status of the usual success. */
  status: 200 | 201 | 202 | 204;
  /**
   * `upload`: multipart or a raw file, read by the streaming reader; JSON too. `raw`: the bytes as they came, in
   * `Ctx.raw`; the input is that of path and query. Default json.
   */
  body?: 'json' | 'upload' | 'raw';
  /** Of a raw body. @defaultValue 1 MiB */
  maxBytes?: number;
  /** `file`: the handler returns a FileAnswer. `events`: an EventsAnswer. Default json. */
  answer?: 'json' | 'file' | 'events';
}

/**
 * Which bucket a request is charged to where it enters; without one the caller's own, which is the address's for the
 * anonymous. `sign-in`: counted apart from the address's other requests, and not at all where it succeeds.
 * `none`: never, and credentials are ignored, as of probes. `signed-in`: the anonymous, such as scrapers, are not
 * counted. A service may charge more, as for mails. On /parse, where a call may be one of a batch, it costs as every
 * other request there does, but for `sign-in`.
 */
export type LimitClass = 'sign-in' | 'none' | 'signed-in';

interface OtherAnswer {
  /** When, for readers: "With `preview`." */
  when: string;
  /** The body where it differs from the contract's output. */
  output?: z.ZodType;
}

/**
 * What an operation is, for every door and every generated document. Holds JSON types only:
 * no z.date(), no transforms, so that the same schema describes REST, cloud function and docs.
 */
export interface Contract<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  /** camelCase: cloud function, OpenAPI operationId, metric label, audit action. */
  name: string;
  summary: string;
  /** Longer text for the API page: meaning of figures, units. */
  description?: string;
  tag: string;
  rest: RestDoor | null;
  /** Raw bodies, files and events are REST only. */
  cloud: boolean;
  access: Access;
  input: I;
  output: O;
  /** What the route answers at times instead, by status. Handlers send it as a Reply. */
  otherAnswers?: Readonly<Partial<Record<200 | 201 | 202 | 503, OtherAnswer>>>;
  /** Codes beyond VALIDATION_ERROR, UNAUTHORIZED, FORBIDDEN, RATE_LIMITED and INTERNAL_ERROR. */
  errors?: readonly ErrorCode[];
  /**
   * `key`: a POST with Idempotency-Key runs once and is replayed. `none`: the header is ignored,
   * because the answer holds secrets or the operation is repeatable by itself.
   */
  idempotency: 'key' | 'none';
  /** Answers may be reused for so long (seconds) for the same caller's tenant and input. */
  cacheSeconds?: number;
  limit?: LimitClass;
  /** Ends the caller's session: features hear of it first, so that no refresh beside it makes another. */
  signsOut?: true;
  /** Written to the audit log; default: everything but GET. `refusals`: where what is accepted is a log of its own. */
  audit?: boolean | 'refusals';
  /** Brackets around the values of rows in a JSON body whose long numbers keep their digits, as texts (exact-json). */
  exactNumbersAt?: number;
  /** Does not exist in production and staging: no route, no function, no documentation. */
  developmentOnly?: boolean;
}

/** Declares a contract with its types kept. Imports nothing at run time, so clients can load it. */
export function defineContract<I extends z.ZodType, O extends z.ZodType>(contract: Contract<I, O>): Contract<I, O> {
  return contract;
}

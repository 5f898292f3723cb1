import type { z } from 'zod';
import type { Ctx } from '../context';
import type { EventsAnswer, FileAnswer } from './answers';
import type { Contract } from './contract';
import type { VerifySignature } from './signature';

/** An answer other than the usual one: another status, or headers. Cloud functions give the body alone. */
export class Reply<T> {
  constructor(
    readonly status: number,
    readonly body: T,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}

export interface Operation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  contract: Contract<I, O>;
  handler: (ctx: Ctx, input: z.output<I>) => Promise<z.input<O> | Reply<unknown> | FileAnswer | EventsAnswer>;
  /** Of an operation with the access `signed`. */
  verify?: VerifySignature;
}

/** Binds a contract to its service call. Handlers return plain data, never a Parse.Object. */
export function defineOperation<I extends z.ZodType, O extends z.ZodType>(
  contract: Contract<I, O>,
  handler: Operation<I, O>['handler'],
  verify?: VerifySignature,
): Operation {
  return { contract, handler, ...(verify ? { verify } : {}) } as unknown as Operation;
}

/** What a door gets back, before its own rendering. */
export interface Outcome {
  status: number;
  body: unknown;
  headers: Readonly<Record<string, string>>;
  /** The body's JSON text, kept so that a cached answer is written without encoding it again. */
  json?: string;
  /** Of `json`, filled in by the door that first sends it. */
  etag?: string;
  isReplay?: boolean;
  /** In place of `body`. */
  stream?: FileAnswer | EventsAnswer;
}

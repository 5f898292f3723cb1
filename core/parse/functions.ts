import Parse from 'parse/node';
import { AppError } from '../errors';
import type { Feature } from '../feature';
import { execute } from '../operation/execute';
import type { Operation } from '../operation/operation';
import { contextOf, systemContext, type ParseCaller } from './trigger-context';
import { asParseError } from './trigger-stack';

interface FunctionRequest extends ParseCaller {
  params: Record<string, unknown>;
}

/** What Parse gives to handlers that take two parameters. */
interface FunctionResponse {
  success(this: void, result: unknown): void;
  error(error: unknown): void;
}

type Handler = (request: FunctionRequest, response?: FunctionResponse) => unknown;
type Define = (name: string, handler: Handler, validator?: unknown) => void;

/** The SDK's door: one cloud function an operation, same name, same input, same output. */
export function defineFunctions(operations: readonly Operation[]): void {
  const define = Parse.Cloud.define as unknown as Define;
  for (const operation of operations) {
    if (operation.contract.cloud) define(operation.contract.name, (request) => callFunction(operation, request));
  }
}

async function callFunction(operation: Operation, request: FunctionRequest): Promise<unknown> {
  let requestId = '';
  try {
    const ctx = await contextOf(request, 'cloud');
    requestId = ctx.requestId;
    const outcome = await execute(operation, ctx, () => Promise.resolve(plainJson(request.params)));
    // Parse encodes the result outside any try/catch; what cannot be encoded would end the process.
    return plainJson(outcome.body);
  } catch (error) {
    throw asParseError(error, requestId);
  }
}

/** Parse Dashboard's jobs: started by hand, or by the worker when a schedule made there is due. */
export function defineParseJobs(features: readonly Feature[]): void {
  for (const { parseJobs } of features) {
    for (const [name, run] of Object.entries(parseJobs ?? {})) {
      Parse.Cloud.job(name, async (request) => {
        const text = await run(systemContext(`parse-job:${name}`));
        request.message(text);
        return text;
      });
    }
  }
}

/** Parse decodes {"__type":"Date"} and its like into objects; contracts know JSON only. */
function plainJson(value: unknown): unknown {
  if (value === undefined) return {};
  try {
    return JSON.parse(JSON.stringify(value)) as unknown;
  } catch (error) {
    throw new AppError('VALIDATION_ERROR', 'The parameters are not plain JSON.', { cause: error });
  }
}

/**
 * For the host application's functions: our names are taken, and a result that Parse cannot encode
 * becomes an error of that call instead of the end of the process (Parse Server 9.10).
 */
export function guardHostFunctions(operations: readonly Operation[]): void {
  const cloud = Parse.Cloud as unknown as { define: Define };
  const define = cloud.define.bind(cloud);
  const taken = new Set(operations.map(({ contract }) => contract.name));
  cloud.define = (name, handler, validator) => {
    if (taken.has(name)) throw new Error(`The cloud function "${name}" belongs to AppBackend.`);
    // A handler with (request, response) answers through the response; Parse tells by its arity.
    if (handler.length >= 2) {
      define(
        name,
        (request, response) => {
          const { success } = response!;
          response!.success = (result) => {
            const fault = encodingFault(name, result);
            if (fault) response!.error(fault);
            else success(result);
          };
          return checked(name, handler(request, response));
        },
        validator,
      );
      return;
    }
    define(name, (request) => checked(name, handler(request)), validator);
  };
}

async function checked(name: string, pending: unknown): Promise<unknown> {
  const result = await pending;
  const fault = encodingFault(name, result);
  if (fault) throw fault;
  return result;
}

function encodingFault(name: string, result: unknown): Parse.Error | undefined {
  try {
    (Parse as unknown as { _encode(value: unknown): unknown })._encode(result);
    return undefined;
  } catch (error) {
    return new Parse.Error(Parse.Error.SCRIPT_FAILED, `The result of "${name}" cannot be encoded: ${String(error)}`);
  }
}

import Parse from 'parse/node';
import type { Operation } from '../operation/operation';
import { tellable, textOf } from './host-faults';

/** What Parse gives to handlers that take two parameters. */
interface FunctionResponse {
  success(this: void, result: unknown): void;
  error(this: void, error: unknown): void;
}
interface JobRequest {
  message(this: void, text: unknown): unknown;
}

type Handler = (request: unknown, response?: FunctionResponse) => unknown;
type Define = (name: string, handler: Handler, validator?: unknown) => void;
type DefineJob = (name: string, handler: (request: JobRequest) => unknown) => void;

/**
 * For the host application's functions: our names are taken, and what they give that no answer can hold (a BigInt, a
 * circle, a `toJSON` that throws, an invalid date) is an error of that call. Parse Server 9.10 would end the process, or
 * answer a fault of the server, which SDKs repeat: the function would run five times.
 */
export function guardHostFunctions(operations: readonly Operation[]): void {
  const cloud = Parse.Cloud as unknown as { define: Define };
  const define = cloud.define.bind(cloud);
  const taken = new Set(operations.map(({ contract }) => contract.name));
  cloud.define = (name, handler, validator) => {
    if (taken.has(name)) throw new Error(`The cloud function "${name}" belongs to AppBackend.`);
    // A handler with (request, response) answers through the response; Parse tells by its arity.
    if (handler.length < 2) {
      define(name, (request) => checked(name, () => handler(request)), validator);
      return;
    }
    define(
      name,
      (request, response) => {
        const { success, error } = response!;
        response!.error = (thrown) => error(tellable(name, thrown));
        response!.success = (result) => {
          const fault = encodingFault(name, result);
          if (fault) error(fault);
          else success(result);
        };
        return checked(name, () => handler(request, response));
      },
      validator,
    );
  };
}

/** A text with NUL cannot be stored: the job would run for ever, and the refusal, which nobody hears, end the process. */
export function guardHostJobs(): void {
  const cloud = Parse.Cloud as unknown as { job: DefineJob };
  const job = cloud.job.bind(cloud);
  cloud.job = (name, handler) => {
    job(name, async (request) => {
      const { message } = request;
      request.message = (text) => message(storable(text));
      try {
        return storable(await handler(request));
      } catch (error) {
        throw error instanceof Error ? new Error(String(storable(error.message)), { cause: error }) : storable(error);
      }
    });
  };
}

async function checked(name: string, run: () => unknown): Promise<unknown> {
  let result: unknown;
  try {
    result = await run();
  } catch (error) {
    throw tellable(name, error);
  }
  const fault = encodingFault(name, result);
  if (fault) throw fault;
  return result;
}

function encodingFault(name: string, result: unknown): Parse.Error | undefined {
  try {
    // As Parse does, and Express after it.
    JSON.stringify((Parse as unknown as { _encode(value: unknown): unknown })._encode(result));
    return undefined;
  } catch (error) {
    return new Parse.Error(Parse.Error.SCRIPT_FAILED, `The result of "${name}" cannot be encoded: ${textOf(error)}`);
  }
}

const storable = (value: unknown): unknown => (typeof value === 'string' ? value.replaceAll('\0', '') : value);

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

type Define = (name: string, handler: (request: FunctionRequest) => unknown) => void;

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

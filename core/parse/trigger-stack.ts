import Parse from 'parse/node';
import { AppError, toAppError, toParseError } from '../errors';
import type { TriggerHandler, TriggerName, TriggerRegistry } from '../triggers';
import { contextOf, type ParseCaller } from './trigger-context';

interface ParseTriggerRequest extends ParseCaller {
  object?: Parse.Object;
  original?: Parse.Object;
  query?: Parse.Query;
  context?: Record<symbol, unknown>;
}

type HostHandler = (request: ParseTriggerRequest) => unknown;
type Register = (className: string, handler: HostHandler, validator?: unknown) => void;

/** Triggers whose class Parse implies. */
const IMPLIED_CLASS: Partial<Record<TriggerName, string>> = {
  beforeLogin: '_User',
  afterLogin: '_User',
  afterLogout: '_Session',
};
const ALL: readonly TriggerName[] = [
  'beforeSave',
  'afterSave',
  'beforeDelete',
  'afterDelete',
  'beforeFind',
  'beforeLogin',
  'afterLogin',
  'afterLogout',
];

/** See {@link TriggerRegistry}. One instance a process, made before cloud code runs. */
export class TriggerStack implements TriggerRegistry {
  private readonly own = new Map<string, TriggerHandler[]>();
  private readonly host = new Map<string, HostHandler[]>();
  private readonly installed = new Set<string>();
  private readonly native = new Map<TriggerName, Register>();

  constructor() {
    const cloud = Parse.Cloud as unknown as Record<string, (...args: unknown[]) => void>;
    for (const name of ALL) {
      const register = cloud[name]!.bind(cloud);
      const hasImpliedClass = IMPLIED_CLASS[name] !== undefined;
      this.native.set(name, (className, handler, validator) =>
        hasImpliedClass ? register(handler, validator) : register(className, handler, validator),
      );
    }
  }

  on(className: string, trigger: TriggerName, handler: TriggerHandler): void {
    push(this.own, `${trigger}:${className}`, handler);
    this.install(className, trigger);
  }

  /** From now on Parse.Cloud.beforeSave(…) and its like add to the stack instead of replacing it. */
  adoptHostRegistrations(): void {
    const cloud = Parse.Cloud as unknown as Record<string, (...args: unknown[]) => void>;
    for (const trigger of ALL) {
      const implied = IMPLIED_CLASS[trigger];
      cloud[trigger] = (...args: unknown[]) => {
        const className = implied ?? classNameOf(args[0]);
        const handler = (implied ? args[0] : args[1]) as HostHandler;
        const validator = implied ? args[1] : args[2];
        push(this.host, `${trigger}:${className}`, handler);
        this.install(className, trigger, validator);
      };
    }
  }

  private install(className: string, trigger: TriggerName, validator?: unknown): void {
    const key = `${trigger}:${className}`;
    if (this.installed.has(key) && validator === undefined) return;
    this.installed.add(key);
    this.native.get(trigger)!(className, (request) => this.run(key, request), validator);
  }

  private async run(key: string, request: ParseTriggerRequest): Promise<unknown> {
    refuseUnencodable(request.object);
    const own = this.own.get(key);
    if (own) await runOwn(own, request, key.startsWith('after'));
    let result: unknown = request.query;
    for (const handler of this.host.get(key) ?? []) result = (await handler(request)) ?? result;
    return result;
  }
}

async function runOwn(
  handlers: readonly TriggerHandler[],
  request: ParseTriggerRequest,
  isAfter: boolean,
): Promise<void> {
  const ctx = await contextOf(request, 'trigger', { isAfter }).catch((error: unknown) => {
    throw asParseError(error, '');
  });
  try {
    for (const handler of handlers) {
      await handler({
        ctx,
        object: request.object!,
        original: request.original,
        isMaster: request.master === true,
        context: request.context ?? {},
        ...(request.query ? { query: request.query } : {}),
      });
    }
  } catch (error) {
    const known = toAppError(error);
    if (known.status >= 500) ctx.log.error({ err: error }, 'A trigger failed.');
    throw asParseError(known, ctx.requestId);
  }
}

/**
 * A row with an invalid date or half a file: when a trigger refuses it, Parse Server 9.10 encodes it
 * for its log outside any try/catch, which would end the process.
 */
function refuseUnencodable(object: Parse.Object | undefined): void {
  try {
    object?.toJSON();
  } catch (error) {
    object!.toJSON = () => ({}) as ReturnType<Parse.Object['toJSON']>;
    throw asParseError(new AppError('VALIDATION_ERROR', 'A value of the row cannot be stored.', { cause: error }), '');
  }
}

/** Parse shows a plain Error's raw message to clients; ours are rendered before that. */
export function asParseError(error: unknown, requestId: string): Parse.Error {
  const { code, message } = toParseError(toAppError(error), requestId);
  return new Parse.Error(code, message);
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function classNameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const named = value as { className?: string };
  if (typeof named?.className === 'string') return named.className;
  throw new Error('A trigger needs a class name.');
}

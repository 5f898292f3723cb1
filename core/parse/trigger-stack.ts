import Parse from 'parse/node';
import { AppError, toAppError, toParseError } from '../errors';
import type { TriggerHandler, TriggerName, TriggerRegistry } from '../triggers';
import {
  classNameOf,
  hostValidator,
  registeredTrigger,
  type HostValidator,
  type ParseTriggerRequest,
} from './host-validators';
import { tellable } from './host-faults';
import { contextOf } from './trigger-context';

type HostHandler = (request: ParseTriggerRequest) => unknown;
type Register = (className: string, handler: HostHandler, validator?: unknown) => void;
interface HostTrigger {
  handler: HostHandler;
  passes?: HostValidator;
}

/** Triggers whose class Parse implies. */
const IMPLIED_CLASS: Readonly<Record<string, string>> = {
  beforeLogin: '_User',
  afterLogin: '_User',
  afterLogout: '_Session',
  beforePasswordResetRequest: '_User',
  beforeConnect: '@Connect',
};
const ALL = [
  'beforeSave',
  'afterSave',
  'beforeDelete',
  'afterDelete',
  'beforeFind',
  'afterFind',
  'beforeLogin',
  'afterLogin',
  'afterLogout',
  'beforePasswordResetRequest',
  'beforeConnect',
  'beforeSubscribe',
  'afterLiveQueryEvent',
] as const;
type AnyTrigger = (typeof ALL)[number];

/** See {@link TriggerRegistry}. One instance a process, made before cloud code runs. */
export class TriggerStack implements TriggerRegistry {
  private readonly own = new Map<string, TriggerHandler[]>();
  private readonly host = new Map<string, HostTrigger[]>();
  private readonly installed = new Set<string>();
  private readonly native = new Map<AnyTrigger, Register>();

  constructor() {
    const cloud = Parse.Cloud as unknown as Record<string, (...args: unknown[]) => void>;
    for (const name of ALL) {
      const register = cloud[name]!.bind(cloud);
      const hasImpliedClass = name in IMPLIED_CLASS;
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
        const named = implied && typeof args[0] === 'function' && !isParseClass(args[0]) ? [implied, ...args] : args;
        this.addHost(trigger, classNameOf(named[0]), named[1] as HostHandler, named[2]);
      };
    }
  }

  private addHost(trigger: AnyTrigger, className: string, handler: HostHandler, validator: unknown): void {
    const key = `${trigger}:${className}`;
    const registered = this.installed.has(key) ? undefined : registeredTrigger(trigger, className);
    if (registered) push(this.host, key, { handler: registered as HostHandler });
    // Parse checks the validator's form and sets up its rate limit; what it demands is asked for one handler alone.
    if (validator) this.native.get(trigger)!(className, handler, validator);
    push(this.host, key, { handler, ...(validator ? { passes: hostValidator(trigger, validator) } : {}) });
    this.installed.delete(key);
    this.install(className, trigger);
  }

  private install(className: string, trigger: AnyTrigger): void {
    const key = `${trigger}:${className}`;
    if (this.installed.has(key)) return;
    this.installed.add(key);
    this.native.get(trigger)!(className, (request) => this.run(key, request));
  }

  private async run(key: string, request: ParseTriggerRequest): Promise<unknown> {
    refuseUnencodable(request.object);
    const own = this.own.get(key);
    if (own) await runOwn(own, request, key.startsWith('after'));
    let result: unknown = request.query;
    for (const { handler, passes } of this.host.get(key) ?? []) {
      if (passes && !(await passes(request))) continue;
      const given = await callHost(key, () => handler(request));
      refuseUnencodable(request.object, { isWhole: true });
      if (given === undefined) continue;
      result = given;
      handOn(request, given);
    }
    return result;
  }
}

async function callHost(key: string, run: () => unknown): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    throw tellable(key, error);
  }
}

/** What a handler returns instead of what it got is what the next one gets. */
function handOn(request: ParseTriggerRequest, given: unknown): void {
  if (given instanceof Parse.Query) request.query = given;
  else if (given instanceof Parse.File) request.file = given;
  else if (Array.isArray(given) && request.objects) request.objects = given as Parse.Object[];
  else if ((given as { file?: unknown } | null)?.file instanceof Parse.File && request.file)
    request.file = (given as { file: Parse.File }).file;
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
 * for its log outside any try/catch, which would end the process. `isWhole`: also what only a host's code can set, a
 * BigInt for instance.
 */
function refuseUnencodable(object: Parse.Object | undefined, { isWhole = false } = {}): void {
  // A configuration (Parse.Config) has none.
  if (typeof object?.toJSON !== 'function') return;
  try {
    const row = object.toJSON();
    if (isWhole) JSON.stringify(row);
  } catch (error) {
    object.toJSON = () => ({}) as ReturnType<Parse.Object['toJSON']>;
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

const isParseClass = (value: unknown): boolean => typeof (value as { className?: unknown }).className === 'string';

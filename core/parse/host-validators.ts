import Parse from 'parse/node';
// First: the parts of it import each other, and only from here on in an order that works.
import 'parse-server';
import { Auth } from 'parse-server/lib/Auth';
import { get as configOf } from 'parse-server/lib/Config';
import { addTrigger, getClassName, getTrigger, maybeRunValidator, Types } from 'parse-server/lib/triggers';
import type { ParseCaller } from './trigger-context';

export interface ParseTriggerRequest extends ParseCaller {
  object?: Parse.Object;
  original?: Parse.Object;
  objects?: Parse.Object[];
  query?: Parse.Query;
  file?: Parse.File;
  context?: Record<symbol, unknown>;
  /** Set by Parse for a validator with this wish. */
  skipWithMasterKey?: boolean;
}

/** Whether the handler is to run; throws what Parse throws where the request does not meet the demands. */
export type HostValidator = (request: ParseTriggerRequest) => Promise<boolean>;

let count = 0;

/**
 * A host's validator, kept for its handler alone: Parse has one a class and trigger, and with `skipWithMasterKey` would
 * skip our own handlers with the host's. It is stored under the name of a class that cannot exist.
 */
export function hostValidator(trigger: string, validator: unknown): HostValidator {
  const type = typeOf(trigger);
  const name = `#${(count += 1)}`;
  const applicationId = (Parse as unknown as { applicationId: string }).applicationId;
  addTrigger(type, name, () => undefined, applicationId, validator);
  return async (request) => {
    const config = configOf(applicationId);
    const auth = new Auth({ config, isMaster: request.master === true, user: request.user });
    await maybeRunValidator(request, `${type}.${name}`, auth);
    const isSkipped = request.skipWithMasterKey === true;
    delete request.skipWithMasterKey;
    return !isSkipped;
  };
}

/** What was registered straight with Parse, by one of our own features that needs Parse's own request. */
export function registeredTrigger(trigger: string, className: string): ((request: never) => unknown) | undefined {
  const { applicationId } = Parse as unknown as { applicationId: string };
  const found = getTrigger(className, typeOf(trigger), applicationId);
  return typeof found === 'function' ? found : undefined;
}

/** Parse stores this one under another name. */
const typeOf = (trigger: string): string => (trigger === 'afterLiveQueryEvent' ? Types.afterEvent! : trigger);

/** Parse's own way to name a class: a text, a class of objects, or Parse.File and Parse.Config. */
export function classNameOf(value: unknown): string {
  const name: unknown = getClassName(value);
  if (typeof name === 'string' && name) return name;
  throw new Error('A trigger needs a class name.');
}

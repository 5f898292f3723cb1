import Parse from 'parse/node';
import { getFunction, getTrigger } from 'parse-server/lib/triggers';
import { config } from '../config';
import { isPrototypeName } from '../schema/prototype-name';

/** The part of Parse's controller that all of /hooks goes through. */
export interface HooksController {
  addHook(hook: Hook): Promise<unknown>;
  deleteFunction(functionName: string): Promise<unknown>;
  deleteTrigger(className: string, triggerName: string): Promise<unknown>;
}

interface Hook {
  functionName?: string;
  className?: string;
  triggerName?: string;
}

const HOOK_ERROR = 143;

/**
 * In Parse Server a webhook takes the place of the cloud function or trigger of its name, and
 * deleting one that does not exist removes the code's: guards of ours could be put out of use that
 * way. Here webhooks stand beside cloud code, never in its place.
 */
export function keepCodeFromWebhooks(hooks: HooksController): void {
  const addHook = hooks.addHook.bind(hooks);
  const deleteFunction = hooks.deleteFunction.bind(hooks);
  const deleteTrigger = hooks.deleteTrigger.bind(hooks);
  hooks.addHook = async (hook) => {
    guardNames(hook);
    return addHook(hook);
  };
  hooks.deleteFunction = async (functionName) => {
    guardNames({ functionName });
    return deleteFunction(functionName);
  };
  hooks.deleteTrigger = async (className, triggerName) => {
    guardNames({ className, triggerName });
    return deleteTrigger(className, triggerName);
  };
}

function guardNames({ functionName, className, triggerName }: Hook): void {
  const { parseAppId } = config();
  for (const name of [functionName, className, triggerName]) {
    if (name !== undefined && typeof name !== 'string') throw new Parse.Error(HOOK_ERROR, 'Names must be texts.');
    if (name !== undefined && isPrototypeName(name)) throw new Parse.Error(HOOK_ERROR, `No hook is called ${name}.`);
  }
  if (functionName && isCode(getFunction(functionName, parseAppId))) {
    throw new Parse.Error(HOOK_ERROR, `The function "${functionName}" is cloud code; no webhook can take its place.`);
  }
  if (className && triggerName && isCode(getTrigger(className, triggerName, parseAppId))) {
    throw new Parse.Error(
      HOOK_ERROR,
      `"${className}" has a ${triggerName} in cloud code; no webhook can take its place.`,
    );
  }
}

/** Parse marks the handlers of webhooks with their address. */
function isCode(handler: { url?: unknown } | undefined): boolean {
  return handler !== undefined && handler.url === undefined;
}

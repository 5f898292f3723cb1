import type Parse from 'parse/node';
import type { Ctx } from './context';

type SaveTrigger = 'beforeSave' | 'afterSave' | 'beforeDelete' | 'afterDelete';
export type TriggerName = SaveTrigger | 'beforeLogin' | 'afterLogin' | 'afterLogout' | 'beforeFind';

/** What a handler gets: Parse's own request beside our context. */
export interface TriggerCall {
  ctx: Ctx;
  object: Parse.Object;
  /** The stored state before the change; undefined for a new object. */
  original: Parse.Object | undefined;
  /** The change is made by the server (master key), not by a client. */
  isMaster: boolean;
  query?: Parse.Query;
  /** Shared by the triggers of one change. Clients can put values with text keys into it. */
  context: Record<symbol, unknown>;
}

export type TriggerHandler = (call: TriggerCall) => Promise<void> | void;

/**
 * Parse keeps one handler a class and trigger, and a second registration silently replaces the
 * first. This registry stacks: ours run in the order of registration, a host application's own
 * last, and Parse sees one handler that runs them all.
 */
export interface TriggerRegistry {
  on(className: string, trigger: TriggerName, handler: TriggerHandler): void;
}

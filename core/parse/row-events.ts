import Parse from 'parse/node';
import RestWrite from 'parse-server/lib/RestWrite';
import { pendingEvent, type PendingEvent } from '../events/entry';
import { hintEvents } from '../events/hints';
import { isSilent, withPending } from '../events/pending-writes';
import { intendDeletion, settleDeletion, type Deletion } from '../events/deletions';
import type { EventDraft, EventSource } from '../events/event.types';
import { followSourceClasses, sourcesOf } from '../events/sources';
import { newObjectId } from '../ids';
import type { TriggerCall, TriggerRegistry } from '../triggers';
import { asParseError } from './trigger-stack';
import { tenantIdOf } from './tenant-rows';
import { wrapMethod } from './wrap-method';

/**
 * The events of a save are written into the row, by the very statement that writes the row: stored together or not at
 * all, whichever door, in a transaction or not. Found out last, so that what a host application's triggers changed is in
 * them. From the row they are recorded by a hint, or by the sweep.
 */
export function writeEventsWithRows(): void {
  wrapMethod(
    RestWrite.prototype,
    'runDatabaseOperation',
    (original) =>
      async function (this: RestWrite) {
        const entries = this.response ? [] : await entriesOf(this);
        if (!entries.length) return original.call(this);
        const result = await withPending({ className: this.className, entries }, () => original.call(this));
        hintEvents(this.className);
        return result;
      },
  );
}

async function entriesOf(write: RestWrite): Promise<PendingEvent[]> {
  const sources = sourcesOf(write.className).filter(({ onSave }) => onSave);
  // An update whose row was not read has triggers that need none: there is nothing to compare with.
  if (!sources.length || isSilent() || (write.query && !write.originalData)) return [];
  const { originalObject: original, updatedObject: object } = write.buildParseObjects();
  const id = (write.query?.objectId ?? (write.data['objectId'] ??= newObjectId())) as string;
  object.id ??= id;
  const now = new Date();
  const requestId = write.config.headers?.['x-request-id'];
  const cause = {
    subject: { className: write.className, id },
    tenant: await tenantOf(sources, object),
    requestId: typeof requestId === 'string' ? requestId : '',
    now,
  };
  try {
    const drafts = sources.flatMap(({ onSave }) => onSave!({ object, original, now }));
    return drafts.map((draft) => pendingEvent(draft, cause));
  } catch (error) {
    throw asParseError(error, cause.requestId);
  }
}

async function tenantOf(sources: readonly EventSource[], object: Parse.Object): Promise<string> {
  const named = tenantIdOf(object);
  return named ?? (await sources.find((source) => source.tenantOf)?.tenantOf!(object)) ?? '';
}

/** Deletions, which leave no row to carry an event; and whatever else a class needs, so that its events are seen. */
export function registerEventTriggers(registry: TriggerRegistry): void {
  followSourceClasses((className) => {
    // A class with triggers is read before it is changed: that is what the change is compared with.
    registry.on(className, 'beforeSave', () => undefined);
    registry.on(className, 'beforeDelete', async (call) => {
      const drafts = deletionDrafts(className, call);
      if (drafts.length) await intendDeletion(drafts, await deletionOf(className, call));
    });
    registry.on(className, 'afterDelete', async (call) => {
      const drafts = deletionDrafts(className, call);
      if (drafts.length) await settleDeletion(drafts, await deletionOf(className, call));
    });
  });
}

function deletionDrafts(className: string, { ctx, object }: TriggerCall): readonly EventDraft[] {
  if (isSilent()) return [];
  const now = ctx.clock.now();
  return sourcesOf(className).flatMap(({ onDelete }) => onDelete?.({ object, now }) ?? []);
}

async function deletionOf(className: string, { ctx, object }: TriggerCall): Promise<Deletion> {
  return {
    subject: { className, id: object.id! },
    createdAt: object.createdAt,
    tenant: await tenantOf(sourcesOf(className), object),
    requestId: ctx.requestId,
    now: ctx.clock.now(),
  };
}

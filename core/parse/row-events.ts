import Parse from 'parse/node';
import RestWrite from 'parse-server/lib/RestWrite';
import { pendingEvent, type PendingEvent } from '../events/entry';
import { hintEvents } from '../events/hints';
import { mover, movePending } from '../events/mover';
import { PENDING, pendingOf, withPending } from '../events/pending-writes';
import { intendDeletion, settleDeletion } from '../events/deletions';
import type { EventSource } from '../events/event.types';
import { followSourceClasses, sourcesOf } from '../events/sources';
import { newObjectId } from '../ids';
import type { TriggerRegistry } from '../triggers';
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
  if (!sources.length || (write.query && !write.originalData)) return [];
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
    registry.on(className, 'beforeDelete', async ({ ctx, object }) => {
      const sources = sourcesOf(className).filter(({ onDelete }) => onDelete);
      const now = ctx.clock.now();
      const drafts = sources.flatMap(({ onDelete }) => onDelete!({ object, now }));
      if (!drafts.length) return;
      const subject = { className, id: object.id! };
      await intendDeletion(drafts, { subject, tenant: await tenantOf(sources, object), requestId: ctx.requestId, now });
    });
    registry.on(className, 'afterDelete', async ({ object }) => {
      if (sourcesOf(className).some(({ onDelete }) => onDelete)) await settleDeletion({ className, id: object.id! });
    });
  });
}

type Row = Record<string, unknown>;
type Schema = { fields: Record<string, unknown> };
type Write = (className: string, schema: Schema, ...rest: unknown[]) => Promise<unknown>;

/** How often a row that is being changed is looked at again before it is deleted. */
const MAX_TRIES = 20;

/** At the storage adapter: the column that carries the events, which nobody above knows. */
export function keepPendingEvents(adapter: object): void {
  const methods = adapter as Record<string, Write>;
  wrapWrite(methods, 'createObject', 0, (texts) => texts);
  wrapWrite(methods, 'findOneAndUpdate', 1, (texts) => ({ __op: 'Add', objects: texts }));
  for (const name of ['find', 'aggregate'] as const) {
    const read = methods[name]!.bind(adapter);
    methods[name] = async (className, ...rest) => {
      const rows = await read(className, ...rest);
      if (sourcesOf(className).length && Array.isArray(rows)) for (const row of rows as Row[]) delete row[PENDING];
      return rows;
    };
  }
  const remove = methods['deleteObjectsByQuery']!.bind(adapter);
  methods['deleteObjectsByQuery'] = (className, schema, query, session) =>
    sourcesOf(className).length && !session
      ? removeWithout(className, query as Row, (guarded) => remove(className, withColumn(schema), guarded, session))
      : remove(className, schema, query, session);
}

function wrapWrite(
  methods: Record<string, Write>,
  name: string,
  at: number,
  value: (texts: string[]) => unknown,
): void {
  const write = methods[name]!.bind(methods);
  methods[name] = async (className, schema, ...rest) => {
    const texts = pendingOf(className);
    if (!texts.length) return write(className, schema, ...rest);
    rest[at] = { ...(rest[at] as Row), [PENDING]: value(texts) };
    const row = await write(className, withColumn(schema), ...rest);
    if (row && typeof row === 'object') delete (row as Row)[PENDING];
    return row;
  };
}

const withColumn = (schema: Schema): Schema => ({
  ...schema,
  fields: { ...schema.fields, [PENDING]: { type: 'Array' } },
});

/** A row goes when its events are recorded: those of a save that comes in between are, too. */
async function removeWithout(
  className: string,
  query: Row,
  remove: (guarded: Row) => Promise<unknown>,
): Promise<unknown> {
  const objectId = typeof query['objectId'] === 'string' ? query['objectId'] : undefined;
  for (let tries = 1; ; tries += 1) {
    await movePending(className, objectId);
    try {
      return await remove({ ...query, [PENDING]: { $exists: false } });
    } catch (error) {
      const isMissing = (error as { code?: unknown }).code === Parse.Error.OBJECT_NOT_FOUND;
      if (!isMissing || tries >= MAX_TRIES || !(await mover().hasPending(className, objectId))) throw error;
    }
  }
}

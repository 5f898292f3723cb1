import Parse from 'parse/node';
// First: see host-validators.
import 'parse-server';
import { Auth } from 'parse-server/lib/Auth';
import { get as configOf, type ParseConfig } from 'parse-server/lib/Config';
import { getTrigger, maybeRunFileTrigger, resolveError } from 'parse-server/lib/triggers';
import { config } from '../config';

/** Who asks, in the terms of Parse. */
export interface FileCaller {
  auth: { isMaster: boolean; isReadOnly?: boolean; isMaintenance?: boolean; user?: Parse.User };
  config: ParseConfig;
}

export interface FileObject {
  file: Parse.File;
  /** Null where a trigger answered with a file that was stored before. */
  fileSize: number | null;
  forceDownload?: boolean;
  responseHeaders?: Record<string, string>;
}

export type FileTrigger = 'beforeSave' | 'afterSave' | 'beforeDelete' | 'afterDelete' | 'beforeFind' | 'afterFind';

export function hasFileTrigger(trigger: FileTrigger): boolean {
  return getTrigger('@File', trigger, config().parseAppId) !== undefined;
}

/**
 * A host's triggers of Parse.File, as Parse runs them.
 * @returns what the trigger gave, or `object` itself
 * @throws Parse.Error of the trigger; other errors as `code`, with their message
 */
export async function runFileTrigger(
  trigger: FileTrigger,
  object: FileObject,
  caller: FileCaller,
  code: number,
): Promise<unknown> {
  try {
    return await maybeRunFileTrigger(trigger, object, caller.config, caller.auth);
  } catch (error) {
    throw resolveError(error, { code, message: 'A trigger of Parse.File refused.' });
  }
}

/** The caller of an operation. */
export function fileCaller(isMaster: boolean, userId: string | undefined): FileCaller {
  const parseConfig = configOf(config().parseAppId)!;
  const user = userId === undefined ? undefined : Parse.User.createWithoutData(userId);
  const auth = new Auth({ config: parseConfig, isMaster, user }) as unknown as FileCaller['auth'];
  return { auth, config: parseConfig };
}

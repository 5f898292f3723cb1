import { createHmac, timingSafeEqual } from 'node:crypto';
import Parse from 'parse/node';
import { config } from '../../core/config';
import { isPlatformAdmin, type Actor, type Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { fileUrl, isPrivate } from '../../core/files/adapter';
import { fileCaller, runFileTrigger, type FileCaller, type FileObject } from '../../core/files/file-triggers';
import { fileStorage } from '../../core/files/storage';
import { filesOf, findFile, removeRow } from './files.store';

export { saveUpload } from './upload.service';

const LINK_SECONDS = 600;
const BATCH = 100;

/** What of a link's query admits its holder. */
export interface LinkProof {
  expires: unknown;
  signature: unknown;
}

/**
 * Whether somebody may read the file, by any door. Private files are their owner's and the administrators'; of others it
 * is the server's setting that decides. A link admits whoever holds it, for its time.
 */
export async function mayReadFile(actor: Actor, name: string, link: LinkProof, now: Date): Promise<boolean> {
  if (isPlatformAdmin(actor) || isValidLink(name, link, now)) return true;
  if (isPrivate(name)) return isOwner(actor, name);
  return isOpenFile(name) || actor.kind === 'user';
}

/** Read by anybody who knows the name. */
export const isOpenFile = (name: string): boolean => !isPrivate(name) && config().files.download === 'public';

async function isOwner(actor: Actor, name: string): Promise<boolean> {
  if (actor.kind !== 'user') return false;
  return (await findFile(name))?.owner === actor.userId;
}

/** What came with the upload; Parse's answer for a file without it is the same as for none. */
export async function metadataOf(name: string): Promise<Record<string, unknown> | undefined> {
  return (await findFile(name))?.metadata;
}

/**
 * An address for what cannot send a session: an `<img>`, a player, an SDK's own download.
 * @throws AppError NOT_FOUND where there is no such file, or not for the caller
 */
export async function linkTo(ctx: Ctx, name: string): Promise<{ url: string; expires_at: string }> {
  const now = ctx.clock.now();
  const isThere = isFileName(name) && (await mayReadFile(ctx.actor, name, NO_LINK, now));
  if (!isThere || (await fileStorage().sizeOf(name)) === undefined) throw noSuchFile();
  const expires = Math.floor(now.getTime() / 1000) + LINK_SECONDS;
  const url = `${fileUrl(name)}?expires=${expires}&signature=${signatureOf(name, expires)}`;
  return { url, expires_at: new Date(expires * 1000).toISOString() };
}

const NO_LINK: LinkProof = { expires: undefined, signature: undefined };

function isValidLink(name: string, { expires, signature }: LinkProof, now: Date): boolean {
  if (typeof expires !== 'string' || typeof signature !== 'string' || !/^\d{1,12}$/.test(expires)) return false;
  const [given, right] = [Buffer.from(signature), Buffer.from(signatureOf(name, Number(expires)))];
  return Number(expires) * 1000 > now.getTime() && given.length === right.length && timingSafeEqual(given, right);
}

function signatureOf(name: string, expires: number): string {
  return createHmac('sha256', config().jwtSecret).update(`file-link|${name}|${expires}`).digest('base64url');
}

/** @throws AppError NOT_FOUND where there is no such file, or it is not the caller's */
export async function deleteFile(ctx: Ctx, name: string): Promise<{ success: true }> {
  const { actor } = ctx;
  const isTheirs = isFileName(name) && (await mayDeleteFile(actor, name));
  if (!isTheirs || (await fileStorage().sizeOf(name)) === undefined) throw noSuchFile();
  const isMaster = actor.kind === 'master' || actor.kind === 'system';
  await removeFile(fileCaller(isMaster, actor.kind === 'user' ? actor.userId : undefined), name);
  return { success: true };
}

/** Whether a person who is no master may remove it. */
export async function mayDeleteFile(actor: Actor, name: string): Promise<boolean> {
  return isPlatformAdmin(actor) || isOwner(actor, name);
}

/** Removes a file, with the triggers of Parse.File around it. @throws Parse.Error where there is none */
export async function removeFile(caller: FileCaller, name: string): Promise<void> {
  const file = new Parse.File(name, { base64: '' });
  Object.assign(file, { _url: fileUrl(name) });
  const object: FileObject = { file, fileSize: null };
  await runFileTrigger('beforeDelete', object, caller, Parse.Error.FILE_DELETE_ERROR);
  if (!isFileName(name) || (await fileStorage().sizeOf(name)) === undefined)
    throw new Parse.Error(Parse.Error.FILE_DELETE_ERROR, 'Could not delete file.');
  await fileStorage().remove(name);
  await removeRow(name);
  await runFileTrigger('afterDelete', object, caller, Parse.Error.FILE_DELETE_ERROR);
}

/** For the erasure of a person: each step may be repeated. */
export async function removeFilesOf(userId: string): Promise<void> {
  for (let names = await filesOf(userId, BATCH); names.length; names = await filesOf(userId, BATCH)) {
    for (const name of names) {
      await fileStorage().remove(name);
      await removeRow(name);
    }
  }
}

/** Names that no upload has had reach no storage: `..`, half files, NUL. */
export function isFileName(name: string): boolean {
  return /^[_a-z0-9][\w@. ~/-]{0,399}$/i.test(name) && !name.split('/').some((part) => part.startsWith('.'));
}

const noSuchFile = (): AppError => new AppError('NOT_FOUND', 'There is no such file.');

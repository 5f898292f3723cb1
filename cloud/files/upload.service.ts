import Parse from 'parse/node';
import { FilesRouter } from 'parse-server/lib/Routers/FilesRouter';
import { isAccountThere } from '../../core/auth/presence';
import { config } from '../../core/config';
import { AppError } from '../../core/errors';
import { isPrivate, PRIVATE_FOLDER } from '../../core/files/adapter';
import { acceptedName } from '../../core/files/file-types';
import { hasFileTrigger, runFileTrigger, type FileCaller, type FileObject } from '../../core/files/file-triggers';
import { fileStorage } from '../../core/files/storage';
import { guardJson } from '../../core/operation/input';
import { addFile, removeRow } from './files.store';

export interface FileUpload {
  name: string;
  contentType: string;
  bytes: Buffer;
  metadata: Record<string, unknown>;
  tags: Record<string, unknown>;
  /** With the master key alone. */
  directory?: string;
}

/** What SDKs read of an answer. */
export interface SavedFile {
  name: string;
  url: string;
}

const { FILE_SAVE_ERROR, INVALID_FILE_NAME, OPERATION_FORBIDDEN } = Parse.Error;
/** An encoded name must fit a file system. */
const MAX_ENCODED_NAME = 240;
const MAX_METADATA_BYTES = 10_240;

/**
 * Stores a file of a client or of cloud code, with the triggers of Parse.File around it. The bytes are on their storage
 * before anybody hears the name.
 * @throws Parse.Error and AppError with Parse's numbers; nothing stays then
 */
export async function saveUpload(caller: FileCaller, upload: FileUpload): Promise<SavedFile> {
  assertMayUpload(caller);
  const name = checkedName(caller, upload);
  const file = fileOf(name, upload);
  const object: FileObject = { file, fileSize: upload.bytes.length };
  const given = await runFileTrigger('beforeSave', object, caller, FILE_SAVE_ERROR);
  if (given instanceof Parse.File) object.file = given;
  const known = object.file.url();
  if (known) object.fileSize = null;
  const saved = known ? { url: known, name: object.file.name() } : await store(caller, object, upload.bytes);
  await runFileTrigger('afterSave', object, caller, FILE_SAVE_ERROR);
  return saved;
}

function assertMayUpload({ auth }: FileCaller): void {
  if (auth.isReadOnly) throw new AppError('FORBIDDEN', "The read-only master key isn't allowed to create a file.");
  if (auth.isMaster || auth.isMaintenance) return;
  const { allowAnonymousUpload, allowPublicUpload } = config().files;
  const refuse = (who: string): Error => new Parse.Error(FILE_SAVE_ERROR, `File upload by ${who} is disabled.`);
  if (!auth.user && !allowPublicUpload) throw refuse('public');
  if (auth.user && isAnonymous(auth.user) && !allowAnonymousUpload) throw refuse('anonymous user');
}

const isAnonymous = (user: Parse.User): boolean => Parse.AnonymousUtils.isLinked(user);

function checkedName({ auth, config: parse }: FileCaller, upload: FileUpload): string {
  const { name, bytes, directory, metadata, tags } = upload;
  const fault = parse.filesController.validateFilename(name);
  if (fault) throw fault;
  if (!bytes.length) throw new Parse.Error(FILE_SAVE_ERROR, 'Invalid file upload.');
  guardJson(metadata);
  guardJson(tags);
  if (Buffer.byteLength(JSON.stringify([metadata, tags])) > MAX_METADATA_BYTES)
    throw new Parse.Error(FILE_SAVE_ERROR, `Metadata and tags have at most ${MAX_METADATA_BYTES} bytes.`);
  if (!['public', 'private', undefined].includes(metadata.access as string))
    throw new Parse.Error(FILE_SAVE_ERROR, 'metadata.access: public or private.');
  if (directory !== undefined) {
    if (!auth.isMaster) throw new Parse.Error(OPERATION_FORBIDDEN, 'Directory can only be set using the Master Key.');
    const wrong = FilesRouter.validateDirectory(directory);
    if (wrong) throw wrong;
  }
  return auth.isMaster ? name : acceptedName(name, upload.contentType, bytes, config().files.types);
}

/** Only a trigger looks at the bytes in this form, which costs more than the rest together. */
function fileOf(name: string, { bytes, contentType, metadata, tags, directory }: FileUpload): Parse.File {
  const base64 = hasFileTrigger('beforeSave') || hasFileTrigger('afterSave') ? bytes.toString('base64') : '';
  const file = new Parse.File(name, { base64 }, contentType);
  file.setTags(tags as Record<string, string>);
  file.setMetadata(metadata as Record<string, string>);
  if (directory) file.setDirectory(directory);
  return file;
}

/** The parts of a Parse.File that Parse Server itself reads. */
interface FileParts {
  _name: string;
  _url?: string;
  _data?: string;
  _directory?: string;
  _metadata?: Record<string, unknown>;
  _source?: { format?: string; buffer?: Buffer };
}

async function store({ auth, config: parse }: FileCaller, object: FileObject, bytes: Buffer): Promise<SavedFile> {
  const parts = object.file as unknown as FileParts;
  const content = hasFileTrigger('beforeSave') ? contentOf(parts) : bytes;
  const metadata = parts._metadata ?? {};
  const owner = auth.user?.id ?? null;
  const directory = directoryOf(parts._directory, metadata.access === 'private');
  if (directory && isPrivate(`${directory}/`) && !owner && !auth.isMaster)
    throw new Parse.Error(OPERATION_FORBIDDEN, 'Log in first: a private file has an owner.');
  if (encodeURIComponent(`${directory}/${parts._name}`).length > MAX_ENCODED_NAME - 33)
    throw new Parse.Error(INVALID_FILE_NAME, 'Filename too long.');
  object.fileSize = content.length;
  const options = directory ? { directory } : {};
  // Without a type: Parse would add its extension to a name that has none.
  const saved = await parse.filesController.createFile(parse, parts._name, content, undefined, options);
  await addFile({ name: saved.name, owner, metadata }).catch(async (error: unknown) => {
    await fileStorage().remove(saved.name);
    throw error;
  });
  await keepOfAccounts(owner, saved.name);
  parts._name = saved.name;
  parts._url = saved.url;
  return saved;
}

/** A file of a person who was erased while it was stored goes with him. @throws Parse.Error 130 */
async function keepOfAccounts(owner: string | null, name: string): Promise<void> {
  if (owner === null || (await isAccountThere(owner))) return;
  await fileStorage().remove(name);
  await removeRow(name);
  throw new Parse.Error(FILE_SAVE_ERROR, 'The account is gone.');
}

function contentOf({ _source, _data }: FileParts): Buffer {
  return _source?.format === 'buffer' ? _source.buffer! : Buffer.from(_data ?? '', 'base64');
}

function directoryOf(directory: string | undefined, shallBePrivate: boolean): string | undefined {
  if (!shallBePrivate || (directory && isPrivate(`${directory}/`))) return directory;
  return directory ? `${PRIVATE_FOLDER}/${directory}` : PRIVATE_FOLDER;
}

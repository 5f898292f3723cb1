import { Router, type NextFunction, type Request, type Response } from 'express';
import Parse from 'parse/node';
import { handleParseHeaders, handleParseSession } from 'parse-server/lib/middlewares';
import { mayDeleteFile, removeFile, saveUpload } from '../cloud/files/files.service';
import { clientAddress } from '../core/auth/client-address';
import { AppError, toAppError } from '../core/errors';
import type { FileCaller } from '../core/files/file-triggers';
import { log } from '../core/log';
import { contextOf, type ParseCaller } from '../core/parse/trigger-context';
import type { FileRequest } from './file-body';
import { readFile, readMetadata, type FileReader } from './file-read';
import { sendParseError } from './parse-respond';

type Handler = (req: Request, res: Response, caller: FileReader) => Promise<void>;

/**
 * /files of Parse, in place of Parse Server's own routes. Every door comes here: SDKs, GraphQL and cloud code. The
 * answers are Parse's; who may read is asked in one place, files are streamed, and a name alone says how it is served.
 */
export function fileRoutes(): Router {
  const router = Router();
  const asParse = [handleParseHeaders, handleParseSession];
  router.post('/files/:filename', ...asParse, handled(upload));
  router.delete('/files/*filepath', ...asParse, handled(remove));
  router.get('/files/:appId/metadata/*filepath', nameApplication, ...asParse, handled(readMetadata));
  router.get('/files/:appId/*filepath', nameApplication, ...asParse, handled(readFile));
  return router;
}

/** Addresses of files name the application in their path; from then on credentials are read as everywhere. */
function nameApplication(req: Request, _res: Response, next: NextFunction): void {
  req.headers['x-parse-application-id'] = String(req.params.appId);
  next();
}

function handled(handler: Handler) {
  return async (req: Request, res: Response): Promise<void> => {
    const { auth, config } = req as unknown as FileCaller;
    try {
      const user = auth.user ? { user: auth.user as unknown as NonNullable<ParseCaller['user']> } : {};
      const { actor } = await contextOf(
        { master: auth.isMaster, ip: clientAddress(req), headers: req.headers, ...user },
        'rest',
      );
      await handler(req, res, { auth, config, actor });
    } catch (error) {
      answer(req, res, error);
    }
  };
}

function answer(req: Request, res: Response, error: unknown): void {
  const { status } = toAppError(error);
  // An outage comes as Parse's own error, too, and is no refusal.
  const isKnown = error instanceof Parse.Error && status !== 503;
  if (!isKnown && status >= 500) log().error({ err: error }, 'A file request failed.');
  if (res.headersSent) res.destroy();
  // Refused by a trigger while it is read: so does Parse Server answer it.
  else if (isKnown && (req.method === 'GET' || req.method === 'HEAD'))
    res.status(403).json({ code: error.code, error: error.message });
  else sendParseError(req, res, error);
}

async function upload(req: Request, res: Response, caller: FileReader): Promise<void> {
  const { fileData = {} } = req as FileRequest;
  const saved = await saveUpload(caller, {
    name: String(req.params.filename),
    contentType: req.get('content-type') ?? '',
    bytes: req.body as Buffer,
    metadata: objectOf(fileData.metadata),
    tags: objectOf(fileData.tags),
    ...(fileData.directory === undefined ? {} : { directory: fileData.directory as string }),
  });
  res.status(201).location(saved.url).json(saved);
}

async function remove(req: Request, res: Response, caller: FileReader): Promise<void> {
  const { filepath } = req.params as { filepath?: string | string[] };
  const name = Array.isArray(filepath) ? filepath.join('/') : String(filepath);
  const { auth, actor } = caller;
  if (auth.isReadOnly) throw new AppError('FORBIDDEN', "The read-only master key isn't allowed to delete a file.");
  if (!(await mayDeleteFile(actor, name))) {
    // As Parse Server answers it.
    res.status(403).json({ error: 'unauthorized: master key is required' });
    return;
  }
  await removeFile(caller, name);
  res.status(200).end();
}

function objectOf(value: unknown): Record<string, unknown> {
  if (value === undefined) return {};
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new AppError('VALIDATION_ERROR', 'metadata and tags: must be objects.');
}

import type { ParseTarget } from '../../core/config.integrations';
import { AppError } from '../../core/errors';
import type { ParseRow, SavedRow } from '../../core/parse/internals';
import { callRemote } from './remote';
import type { Target } from './target';

/** Another Parse Server, by its REST API. Its updates are not conditional: our own writers of an object wait for each other. */
export function remoteTarget(server: ParseTarget): Target {
  const pathOf = (className: string, id: string): string => `/classes/${className}/${encodeURIComponent(id)}`;
  return {
    peer: server.url,
    async find(className, id) {
      try {
        return await callRemote<ParseRow>(server, { path: pathOf(className, id) });
      } catch (error) {
        if (error instanceof AppError && error.code === 'NOT_FOUND') return undefined;
        throw error;
      }
    },
    async create(className, id, fields) {
      const body = id === undefined ? fields : { ...fields, objectId: id };
      const made = await callRemote<SavedRow>(server, { method: 'POST', path: `/classes/${className}`, body });
      return { id: made.objectId ?? id!, updatedAt: new Date(made.updatedAt ?? made.createdAt!) };
    },
    async update(className, id, fields) {
      const saved = await callRemote<SavedRow>(server, { method: 'PUT', path: pathOf(className, id), body: fields });
      return { id, updatedAt: new Date(saved.updatedAt!) };
    },
    async remove(className, id) {
      await callRemote(server, { method: 'DELETE', path: pathOf(className, id) });
    },
  };
}

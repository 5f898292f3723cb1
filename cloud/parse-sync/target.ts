import type { ParseRow } from '../../core/parse/internals';

/** Where objects are written: this server or another one, in the form of Parse's REST API. */
export interface Target {
  /** Names it in {@link VersionKey}. */
  peer: string;
  find(className: string, id: string): Promise<ParseRow | undefined>;
  /** @throws AppError CONFLICT when the id is taken, VALIDATION_ERROR */
  create(className: string, id: string | undefined, fields: Fields): Promise<Written>;
  /**
   * Changes the fields that are named.
   * @throws AppError NOT_FOUND when the row is not as it was at `base` any more, where the target can tell
   */
  update(className: string, id: string, fields: Fields, base: Date): Promise<Written>;
  remove(className: string, id: string): Promise<void>;
}

export type Fields = Record<string, unknown>;

interface Written {
  id: string;
  updatedAt: Date;
}

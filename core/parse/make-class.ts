import { log } from '../log';

/** Statements that met another one making the same table: in a moment it is there, or is not. */
const MET_ANOTHER = new Set(['23505', '25P02', '40001', '40P01', '42710', '42P07', 'XX000']);
const TRIES = 5;

type CreateClass = (className: string, ...rest: unknown[]) => Promise<unknown>;

/**
 * Parse's adapter for PostgreSQL takes "this table exists" for no fault, goes on in the transaction that ended with
 * it, and answers 500 where two make one class at once. A second try finds the table, and answers "already exists".
 */
export function makeClassesOnce(adapter: object): void {
  const methods = adapter as { createClass: CreateClass };
  const create = methods.createClass.bind(adapter);
  methods.createClass = async (className, ...rest) => {
    for (let tried = 1; ; tried++) {
      try {
        return await create(className, ...rest);
      } catch (error) {
        const { code } = error as { code?: unknown };
        if (tried === TRIES || typeof code !== 'string' || !MET_ANOTHER.has(code)) throw error;
        log().info({ class_name: className, reason: code }, 'A class was made twice at once. Trying again …');
      }
    }
  };
}

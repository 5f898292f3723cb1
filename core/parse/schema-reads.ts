import SchemaCache from 'parse-server/lib/Adapters/Cache/SchemaCache';
import { SchemaController, type StoredSchema } from 'parse-server/lib/Controllers/SchemaController';
import { wrapMethod } from './wrap-method';

/**
 * Each change of a class makes Parse Server read all classes again, and these reads overtake one another. Here what an
 * older one has found replaces nothing that a newer one has: otherwise the process would not know a column that it has
 * just made. Called once a process.
 */
export function keepNewestClasses(): void {
  let begun = 0;
  let newest: { turn: number; classes: StoredSchema[] } | undefined;
  wrapMethod(
    SchemaController.prototype,
    'setAllClasses',
    (original) =>
      async function (this: SchemaController) {
        const turn = (begun += 1);
        const classes = await original.call(this);
        if (!newest || turn > newest.turn) newest = { turn, classes };
        else SchemaCache.put(newest.classes);
        return newest.classes;
      },
  );
}

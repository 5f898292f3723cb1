import type { DueTable } from './due-table';

// The payload's type is the declarer's business; the frame checks it by the schema.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyDueTable = DueTable<any>;

const byName = new Map<string, AnyDueTable>();

/** All tables of due rows, for the tick. @throws when two have a name */
export function collectDue(features: readonly { due?: readonly AnyDueTable[] }[]): readonly AnyDueTable[] {
  byName.clear();
  for (const table of features.flatMap(({ due }) => due ?? [])) {
    if (byName.has(table.name)) throw new Error(`Two tables of due rows are called "${table.name}".`);
    byName.set(table.name, table);
  }
  return [...byName.values()];
}

export function dueTables(): readonly AnyDueTable[] {
  return [...byName.values()];
}

import { canonical } from '../../core/operation/canonical';
import type { ParseRow } from '../../core/parse/internals';
import type { Fields } from './target';

const OWN = new Set(['objectId', 'createdAt', 'updatedAt', 'className', '__type']);
/** Of each server's own permissions and tenants: not what an object is. */
const STANDING = new Set(['tenant', 'ACL']);

const typeOf = (value: unknown): unknown => (value as { __type?: unknown } | null)?.__type;

/** What travels: no relations; of a file its name, because its address is its server's. */
export function contentOf(row: ParseRow): Fields {
  const fields: Fields = {};
  for (const [name, value] of Object.entries(row)) {
    if (OWN.has(name) || name.startsWith('_') || typeOf(value) === 'Relation') continue;
    fields[name] = typeOf(value) === 'File' ? { __type: 'File', name: (value as { name: unknown }).name } : value;
  }
  return fields;
}

export function isSameContent(a: ParseRow, b: ParseRow): boolean {
  const text = (row: ParseRow): string =>
    canonical(
      Object.fromEntries(
        Object.entries(contentOf(row)).filter(([name, value]) => !STANDING.has(name) && value !== null),
      ),
    );
  return text(a) === text(b);
}

/** The change that makes one row the other: what it has no more is taken away. */
export function changeTo(content: Fields, row: ParseRow): Fields {
  const gone = Object.keys(contentOf(row)).filter((name) => !(name in content) && !STANDING.has(name));
  return { ...content, ...Object.fromEntries(gone.map((name) => [name, { __op: 'Delete' }])) };
}

import type { Side } from './servers';

const MINUTES = 60_000;
const DAYS = 24 * 60 * MINUTES;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/**
 * What is each server's own in an answer gets a common name: ids, tokens, times of now, addresses,
 * generated file names. Two equal ids of one answer stay equal. Key order does not count.
 */
export function normalised(value: unknown, side: Side): unknown {
  const names = new Map(Object.entries(side.names).map(([name, id]) => [id, `<${name}>`]));
  collectIds(value, names);
  const rename = (text: string): string => generic(names.get(text) ?? renamedWithin(text, names), side);
  return sorted(value, rename);
}

function collectIds(value: unknown, names: Map<string, string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const isId = (key === 'objectId' || key === 'id' || key === '_id') && typeof inner === 'string';
    if (isId && inner && !names.has(inner)) names.set(inner, `<id ${names.size}>`);
    collectIds(inner, names);
  }
}

/** Ids inside longer texts, such as messages; ids of fewer characters would be found by chance. */
function renamedWithin(text: string, names: Map<string, string>): string {
  let result = text;
  for (const [id, name] of names) if (id.length >= 10) result = result.replaceAll(id, name);
  return result;
}

function generic(text: string, side: Side): string {
  if (ISO.test(text)) return time(text);
  return text
    .replaceAll(side.url, '<url>')
    .replace(/open '[^']*\/(?=[^/']*')/g, "open '<folder>/")
    .replace(/contains \d+ objects/g, 'contains <n> objects')
    .replace(/^[A-Za-z0-9]{25}$/, '<name>')
    .replace(/r:[0-9a-f]{32}/g, '<token>')
    .replace(/[0-9a-f]{32}_/g, '<hash>_')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>');
}

function time(iso: string): string {
  const distance = Date.parse(iso) - Date.now();
  if (Math.abs(distance) < 10 * MINUTES) return '<now>';
  return distance > 0 && distance < 500 * DAYS ? `<in ${Math.round(distance / DAYS)} days>` : iso;
}

function sorted(value: unknown, rename: (text: string) => string): unknown {
  if (typeof value === 'string') return rename(value);
  if (Array.isArray(value)) return value.map((item) => sorted(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [rename(name), sorted(inner, rename)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

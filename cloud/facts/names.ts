/** What the names of a field of a fact depend on. */
interface NamedField {
  kind: string;
  file?: string;
  isUnfiled?: true;
}

/**
 * Columns of every fact's class, of the rows that imports stage, and what an object has by itself: nobody could tell a
 * field of that name from them.
 */
const TAKEN: ReadonlySet<string> = new Set([
  ...['tenant', 'unique_key', 'import_id'],
  ...['id', 'row', 'rows', 'errs', 'business_id', 'customer_id', 'user_id', 'existing_id'],
  ...['constructor', 'length'],
]);

/** Name of the integer beside an amount in major units. */
export const minorOf = (field: string): string => `${field}_minor`;

/** What a field is called in files. */
export function fileNameOf(name: string, { kind, file }: NamedField): string {
  return file ?? (kind === 'person' ? `${name}_id` : name);
}

/** @throws Error for a field whose columns, or whose name in files, something else has */
export function requireFreeNames(className: string, fields: Readonly<Record<string, NamedField>>): void {
  const columns = new Set<string>();
  const files = new Set<string>();
  for (const [name, field] of Object.entries(fields)) {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`${className}.${name} must be named in snake_case.`);
    if (TAKEN.has(name)) throw new Error(`${className}.${name} has a name that is taken: choose another one.`);
    const file = fileNameOf(name, field);
    for (const column of columnsOf(name, field)) take(columns, column, `${className} has two columns ${column}.`);
    if (!field.isUnfiled) take(files, file, `${className} has two fields that files call ${file}.`);
  }
  if (fields['source'] && !fields['source'].isUnfiled) {
    throw new Error(`${className}.source must be isUnfiled: it tells by which door a row came.`);
  }
}

function columnsOf(name: string, field: NamedField): string[] {
  if (field.kind === 'money') return [name, minorOf(name)];
  return field.kind === 'person' ? [name, fileNameOf(name, field)] : [name];
}

function take(names: Set<string>, name: string, fault: string): void {
  if (names.has(name)) throw new Error(fault);
  names.add(name);
}

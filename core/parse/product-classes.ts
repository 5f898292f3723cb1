import type { ClassDefinition } from '../schema/class-definition';

const definitions = new Map<string, ClassDefinition>();
let tenantOwned: ReadonlySet<string> = new Set();
let onTenantOwned: (classNames: ReadonlySet<string>) => void = () => undefined;

interface StoredClass {
  className: string;
  fields: Readonly<Record<string, { type: string; targetClass?: string }>>;
}

/** Called once a process, before Parse Server starts: the classes of every feature. */
export function nameProductClasses(classes: readonly ClassDefinition[]): void {
  for (const definition of classes) definitions.set(definition.className, definition);
}

/** Called whenever this process has read the schema. */
export function noteStoredClasses(classes: readonly StoredClass[]): void {
  const owned = classes.filter(({ className, fields }) => isOwnClass(className) && isTenantPointer(fields['tenant']));
  tenantOwned = new Set(owned.map(({ className }) => className));
  onTenantOwned(tenantOwned);
}

/** The listener hears the names of the tenant-owned classes, now and whenever the schema was read. */
export function followTenantOwned(listener: (classNames: ReadonlySet<string>) => void): void {
  onTenantOwned = listener;
  listener(tenantOwned);
}

/** A class that a feature of ours declares; undefined for Parse's own and for those of the app built on this server. */
export function productClass(className: string): ClassDefinition | undefined {
  return definitions.get(className);
}

export function productClassNames(): string[] {
  return [...definitions.keys()];
}

/** A class of the app built on this server: neither Parse's nor ours. */
export function isOwnClass(className: string): boolean {
  return !className.startsWith('_') && !definitions.has(className);
}

/**
 * A class of the app that is a tenant's as ours are: it has a column `tenant`, a pointer to Tenant. As this process
 * knows the schema at present, which is up to two seconds old.
 */
export function isTenantOwned(className: string): boolean {
  return tenantOwned.has(className);
}

export function isTenantPointer(field: { type: string; targetClass?: string } | undefined): boolean {
  return field?.type === 'Pointer' && field.targetClass === 'Tenant';
}

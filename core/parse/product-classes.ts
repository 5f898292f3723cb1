import type { ClassDefinition } from '../schema/class-definition';

const definitions = new Map<string, ClassDefinition>();

/** Called once a process, before cloud code runs: the classes of every feature. */
export function nameProductClasses(classes: readonly ClassDefinition[]): void {
  for (const definition of classes) definitions.set(definition.className, definition);
}

/** A class that a feature of ours declares; undefined for Parse's own and for those of the app built on this server. */
export function productClass(className: string): ClassDefinition | undefined {
  return definitions.get(className);
}

/** A class of the app built on this server: neither Parse's nor ours. */
export function isOwnClass(className: string): boolean {
  return !className.startsWith('_') && !definitions.has(className);
}

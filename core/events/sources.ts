import type { EventSource } from './event.types';

const byClass = new Map<string, EventSource[]>();
let onNew: ((className: string) => void) | undefined;

/** Once, at boot. */
export function collectEventSources(features: readonly { eventSources?: readonly EventSource[] }[]): void {
  byClass.clear();
  for (const source of features.flatMap(({ eventSources }) => eventSources ?? [])) addEventSource(source);
}

/** Also for a host application's own class, before Parse Server listens. */
export function addEventSource(source: EventSource): void {
  const isFirst = !byClass.has(source.className);
  byClass.set(source.className, [...(byClass.get(source.className) ?? []), source]);
  if (isFirst) onNew?.(source.className);
}

/** The listener hears of every class that has a source, now and later. */
export function followSourceClasses(listener: (className: string) => void): void {
  onNew = listener;
  for (const className of byClass.keys()) listener(className);
}

export function sourcesOf(className: string): readonly EventSource[] {
  return byClass.get(className) ?? [];
}

/** Classes whose rows carry events. */
export function sourceClasses(): readonly string[] {
  return [...byClass.keys()];
}

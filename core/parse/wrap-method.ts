/** Replaces a method by one made from it. */
export function wrapMethod<T extends object, K extends keyof T>(
  target: T,
  name: K,
  make: (original: T[K]) => T[K],
): void {
  target[name] = make(target[name]);
}

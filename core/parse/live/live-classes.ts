import { isOwnClass, productClass } from '../product-classes';

const CLASS_NAME = /^[A-Za-z][A-Za-z0-9_]{0,127}$/;

/** Classes that clients may follow: those of the app, and ours that say so. Never Parse's own (`_User`, `_Session`, …). */
export function isLiveClass(className: string): boolean {
  const ours = productClass(className);
  return ours ? ours.liveQuery !== undefined : CLASS_NAME.test(className) && isOwnClass(className);
}

/** Classes whose rows change below Parse Server: their saves are found by looking, not told by Parse. */
export function isPolledClass(className: string): boolean {
  return productClass(className)?.liveQuery === 'polled';
}

/** Whether every object has something under this name: looked up in a plain object it is found. */
export function isPrototypeName(name: string): boolean {
  return name in Object.prototype || name === 'prototype';
}

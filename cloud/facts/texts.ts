/** NUL and half surrogate pairs: PostgreSQL and UTF-8 cannot hold them. ASCII controls other than NUL are legal. */
export function hasUnstorable(text: string): boolean {
  return /\0|\p{Surrogate}/u.test(text);
}

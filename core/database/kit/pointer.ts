/** A pointer as Parse stores it on MongoDB; PostgreSQL keeps the id alone. */
export const toMongoPointer = (className: string, id: string): string => `${className}$${id}`;

/** The id in it; ids may hold a `$` themselves. */
export const fromMongoPointer = (stored: string): string => stored.slice(stored.indexOf('$') + 1);

/**
 * A select of one stored row, within a statement over many staged ones: it stays a look-up by index for each, as does one
 * that locks what it finds. In a join, a table that was last analysed while nothing in it was committed (a first import is
 * enough) counts as empty, and each of its rows would be compared with all staged ones: hours where this takes seconds.
 */
export const lookUp = (select: string): string => `${select} offset 0`;

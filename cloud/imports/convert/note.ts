/** Staged column of {@link NOTE}; no field of a fact can have its name. */
export const NOTE_COLUMN = '_note';

/** What an accepted row carries for the report, as bits of that column. */
export const NOTE = {
  /** An amount had more decimals than its currency. */
  ROUNDED: 1,
  /** The rules gave a date that neither the row nor the stored one had: cancelled without a date. */
  DATED: 2,
} as const;

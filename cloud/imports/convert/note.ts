/** What an accepted row carries for the report, as bits of the staged column `note`. */
export const NOTE = {
  /** An amount had more decimals than its currency. */
  ROUNDED: 1,
  /** Cancelled without a date: dated by the import, unless the stored row has one. */
  DATED: 2,
  /** Its status follows from its dates, unless the stored row has one. */
  STATUS_DERIVED: 4,
} as const;

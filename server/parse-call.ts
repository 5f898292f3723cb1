/** One thing that a request to Parse asks for: itself, or a sub-request of a batch. */
export interface ParseCall {
  method: string;
  /** As Parse will route it: without mount and query, one slash, dots resolved, lower case. */
  route: string;
  /** Query and body together. */
  fields: Record<string, unknown>;
}

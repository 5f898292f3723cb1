const VOLATILE = /(^id$|_id$|_at$|^timestamp$|token|^uptime$|^email$|^username$|estimated_completion|latency|^hash$)/;
/** Figures of the running process differ from call to call. */
const MEASURED =
  /^(response_time|throughput|error_rate|current|monthly|yearly|waiting|active|completed|max|api_calls)$/;

/** The same answer asked for twice differs in ids, times, tokens and measurements; the rest must be equal. */
export function normalised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalised);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (MEASURED.test(key)) return [key, 'measured'];
      const isVolatile = VOLATILE.test(key) && (typeof inner === 'string' || typeof inner === 'number');
      return [key, isVolatile ? typeof inner : normalised(inner)];
    }),
  );
}

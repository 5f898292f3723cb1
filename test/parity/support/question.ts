/** Who asks. The names are those of support/fixtures.ts. */
export type Who = 'nobody' | 'ann' | 'bob' | 'master' | 'stale' | 'readonly';

/**
 * How an SDK puts a request on the line. `rest`: headers, query string. `js`: the JavaScript SDK in
 * browsers, everything in the text of a POST. `ios`, `android`: headers, and reads as POST with
 * `_method`; Android's values are texts. `flutter`: headers, reads in the query string.
 */
export type Style = 'rest' | 'js' | 'ios' | 'android' | 'flutter';
export const ALL_STYLES: readonly Style[] = ['rest', 'js', 'ios', 'android', 'flutter'];

/** One request. `{ann}` in any text is a fixture's id, `{1}` the objectId of the first answer, `{1.url}` its field. */
export interface Step {
  method: string;
  path: string;
  body?: unknown;
  as?: Who;
  /** A session token of an earlier step, such as `{1.sessionToken}`. */
  session?: string;
  headers?: Record<string, string | undefined>;
  /** The body as it goes out, where it is no JSON. */
  raw?: string;
  /** Below the root instead of /parse. */
  isRoot?: boolean;
}

export interface Question {
  name: string;
  steps: Step[];
  styles?: readonly Style[];
  /**
   * The row of docs/parse-differences.md that it falls under, and what we answer: statuses, with codes of errors.
   * With a lane where the difference shows on one database alone, as plain Parse differs between them.
   */
  differs?: [id: string, ours: string, lane?: 'postgres' | 'mongo'];
  /** Response headers that are compared beside status and body. */
  headers?: string[];
  /** Compares statuses and codes only: for bodies that are the server's own business. */
  isStatusOnly?: boolean;
  /** The plain server does not outlive it, so it is asked after all others. */
  endsPlain?: true;
  /** Only there, where the other database's stand-in cannot do it on either server. */
  only?: 'postgres';
}

type More = Partial<Omit<Step, 'method' | 'path' | 'body'>>;

export const get = (path: string, params?: object, more: More = {}): Step => ({
  method: 'GET',
  path,
  ...(params ? { body: params } : {}),
  ...more,
});
export const post = (path: string, body: unknown = {}, more: More = {}): Step => ({
  method: 'POST',
  path,
  body,
  ...more,
});
export const put = (path: string, body: unknown = {}, more: More = {}): Step => ({
  method: 'PUT',
  path,
  body,
  ...more,
});
export const del = (path: string, more: More = {}): Step => ({ method: 'DELETE', path, ...more });

/** All of these steps by the same caller. */
export const as = (who: Who, ...steps: Step[]): Step[] => steps.map((step) => ({ as: who, ...step }));

export const ask = (name: string, steps: Step | Step[], more: Partial<Question> = {}): Question => ({
  name,
  steps: Array.isArray(steps) ? steps : [steps],
  ...more,
});

/** The same questions in every way that SDKs ask them. */
export const inStyles = (styles: readonly Style[], questions: Question[]): Question[] =>
  questions.map((question) => ({ styles, ...question }));

import { normalised } from './normalise';
import type { Question } from './question';
import { explain } from './rules';
import type { Reply } from './send';
import type { Side } from './servers';

export interface Verdict {
  name: string;
  isEqual: boolean;
  /** Rows of the page that explained parts of the answers, by rule. */
  explained: Set<string>;
  /** What ours answered, for the question that names a difference: '201 403/119'. */
  summary: string;
  plain: unknown[];
  ours: unknown[];
}

/** Both servers' answers to one question, made comparable and compared. */
export function compare(
  name: string,
  question: Pick<Question, 'headers' | 'isStatusOnly'>,
  plain: { side: Side; replies: Reply[] },
  ours: { side: Side; replies: Reply[] },
): Verdict {
  const view = ({ side, replies }: { side: Side; replies: Reply[] }): unknown[] =>
    normalised(
      replies.map((reply) => shown(reply, question)),
      side,
    ) as unknown[];
  const [theirs, mine] = [view(plain), view(ours)];
  const explained = explain(theirs, mine);
  // What a rule took out may have numbered other ids.
  const isEqual = same(renumbered(theirs), renumbered(mine));
  return { name, isEqual, explained, summary: summaryOf(ours.replies), plain: theirs, ours: mine };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function renumbered(value: unknown): unknown {
  const numbers = new Map<string, number>();
  const text = JSON.stringify(value).replace(/<id (\d+)>/g, (_, id: string) => {
    if (!numbers.has(id)) numbers.set(id, numbers.size);
    return `<id ${numbers.get(id)}>`;
  });
  return JSON.parse(text) as unknown;
}

function shown(
  { status, headers, body }: Reply,
  { headers: wanted, isStatusOnly }: Pick<Question, 'headers' | 'isStatusOnly'>,
): unknown {
  const code = (body as { code?: unknown } | null)?.code;
  return {
    status,
    ...(isStatusOnly ? { code } : { body }),
    ...(wanted ? { headers: Object.fromEntries(wanted.map((name) => [name, headers[name] ?? null])) } : {}),
  };
}

const summaryOf = (replies: readonly Reply[]): string =>
  replies
    .map(({ status, body }) => {
      const code = (body as { code?: number } | null)?.code;
      return status >= 400 && code !== undefined ? `${status}/${code}` : String(status);
    })
    .join(' ');

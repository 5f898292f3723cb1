import { QUESTIONS } from './questions';
import { askSdk } from './support/sdk';
import { compare, type Verdict } from './support/compare';
import { prepare } from './support/fixtures';
import { listedDifferences } from './support/page';
import type { Question, Style } from './support/question';
import { RULES } from './support/rules';
import { askSide, inParallel } from './support/run';
import { startSides, type Side } from './support/servers';
import { SDK_QUESTIONS } from './sdk';
import { LANE } from '../harness/app';

/**
 * Everything that can be asked of a plain Parse Server is asked of it and of this server, in one run.
 * What differs must be a row of docs/parse-differences.md; a row that nothing shows any more fails, too.
 */
const MINIMUM = 400;
const listed = listedDifferences();
const asked = QUESTIONS.filter(({ only }) => only !== 'postgres' || LANE === 'postgres').flatMap((question) =>
  (question.styles ?? ['rest']).map((style) => ({ question, style, name: `${question.name} [${style}]` })),
);
const names = [...asked.map(({ name }) => name), ...SDK_QUESTIONS.map(({ name }) => `SDK: ${name}`)];
const onThisLane = (differs: Question['differs']): Question['differs'] =>
  differs?.[2] && differs[2] !== LANE ? undefined : differs;
const differsBy = new Map<string, Question['differs']>([
  ...asked.map(({ name, question }) => [name, onThisLane(question.differs)] as const),
  ...SDK_QUESTIONS.map(({ name, differs }) => [`SDK: ${name}`, onThisLane(differs)] as const),
]);
const verdicts = new Map<string, Verdict>();
let sides: { plain: Side; ours: Side } | undefined;

beforeAll(async () => {
  sides = await startSides();
  const { plain, ours } = sides;
  await Promise.all([prepare(plain), prepare(ours)]);
  const one = async ({ question, style, name }: { question: Question; style: Style; name: string }): Promise<void> => {
    const [theirs, mine] = await Promise.all([askSide(plain, question, style), askSide(ours, question, style)]);
    verdicts.set(name, compare(name, question, { side: plain, replies: theirs }, { side: ours, replies: mine }));
  };
  await inParallel(asked.filter(({ question }) => !question.endsPlain).map((item) => () => one(item)));
  for (const verdict of await askSdk(plain, ours)) verdicts.set(verdict.name, verdict);
  for (const item of asked.filter(({ question }) => question.endsPlain)) await one(item);
}, 180_000);

afterAll(async () => {
  await Promise.all([sides?.plain.stop(), sides?.ours.stop()]);
});

test('there are questions enough, and none has the name of another', () => {
  expect(names.length).toBeGreaterThanOrEqual(MINIMUM);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

describe('what is asked is answered alike, or differs as listed', () => {
  test.each(names)('%s', (name) => {
    const verdict = verdicts.get(name)!;
    const [id, answer] = differsBy.get(name) ?? [];
    if (!id) {
      expect(verdict.ours).toEqual(verdict.plain);
      expect(verdict.isEqual).toBe(true);
      return;
    }
    expect(listed.filter(({ isAsked }) => isAsked).map((row) => row.id)).toContain(id);
    expect({ differs: !verdict.isEqual, answer: verdict.summary }).toEqual({ differs: true, answer });
  });
});

test('every row of docs/parse-differences.md is shown by a question', () => {
  const shown = new Set([...verdicts.values()].flatMap(({ explained }) => [...explained]));
  for (const differs of differsBy.values()) if (differs) shown.add(differs[0]);
  const rows = listed.filter(({ isAsked }) => isAsked).map(({ id }) => id);
  expect({
    stale: rows.filter((id) => !shown.has(id)),
    unlisted: [...shown].filter((id) => !rows.includes(id)),
  }).toEqual({ stale: [], unlisted: [] });
  expect(new Set(listed.map(({ id }) => id)).size).toBe(listed.length);
  expect(Object.keys(RULES).filter((id) => !rows.includes(id))).toEqual([]);
});

test('the count', () => {
  const all = [...verdicts.values()];
  const distinct = new Set(QUESTIONS.map(({ name }) => name)).size + SDK_QUESTIONS.length;
  const equal = all.filter(({ isEqual }) => isEqual).length;
  const by = (id: string): number =>
    all.filter(({ name, explained }) => explained.has(id) || differsBy.get(name)?.[0] === id).length;
  const lines = listed.filter(({ isAsked }) => isAsked).map(({ id }) => `  ${by(id)} ${id}`);
  process.stdout.write(
    `\nParity: ${all.length} questions (${distinct} distinct), ${equal} equal, ${all.length - equal} different as listed:\n${lines.join('\n')}\n`,
  );
  expect(all.length).toBe(names.length);
});

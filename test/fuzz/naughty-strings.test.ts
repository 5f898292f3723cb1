import { textPaths, withValueAt } from '../factories/samples';
import type { OperationFacts } from '../factories/registry';
import { isFullDepth } from '../harness/depth';
import { expectAlive, reportSlow, volley } from './support/client';
import { describeWith, naughtyStrings } from './support/datasets';
import { HASHING, Shooter, targetsOf } from './support/targets';

const LONG_MS = 300_000;
/** A hash takes as long as a hundred other calls: of those operations every n-th string. */
const HASHING_STEP = isFullDepth ? 16 : 64;
/** A commit throws every eighth string at a text, and others at the next text. */
const STEP = isFullDepth ? 1 : 8;
const CLOUD_STEP = isFullDepth ? 16 : 32;

const strings = naughtyStrings();
let shooter: Shooter;

beforeAll(async () => {
  shooter = await Shooter.create();
});
afterAll(reportSlow);

/** Every step-th string, beginning elsewhere for each text of an operation. */
function inputsOf(operation: OperationFacts, step: number): [string, Record<string, unknown>][] {
  const sample = shooter.sample(operation);
  const every = (first: number): string[] => strings.filter((_text, index) => index % step === first % step);
  return textPaths(operation.input).flatMap((path, first) =>
    every(first).map((text): [string, Record<string, unknown>] => [
      `${path.join('.')} = ${JSON.stringify(text.slice(0, 60))}`,
      withValueAt(sample, path, text) as Record<string, unknown>,
    ]),
  );
}

const withTexts = (door: 'rest' | 'cloud'): [string, OperationFacts][] =>
  targetsOf(door).filter(([, { input }]) => textPaths(input).length > 0);

describeWith('naughty-strings.json')('naughty strings in every text', () => {
  it.each(withTexts('rest'))(
    '%s over REST',
    async (name, operation) => {
      const step = HASHING.has(name) ? HASHING_STEP : STEP;
      expect(
        await volley(inputsOf(operation, step).map(([about, input]) => shooter.rest(operation, input, about))),
      ).toEqual([]);
      await expectAlive();
    },
    LONG_MS,
  );

  it.each(withTexts('cloud'))(
    '%s as a cloud function',
    async (name, operation) => {
      const step = HASHING.has(name) ? CLOUD_STEP * 4 : CLOUD_STEP;
      expect(
        await volley(inputsOf(operation, step).map(([about, input]) => shooter.cloud(operation, input, about))),
      ).toEqual([]);
      await expectAlive();
    },
    LONG_MS,
  );
});

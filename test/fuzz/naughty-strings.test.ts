import { textPaths, withValueAt } from '../factories/samples';
import type { OperationFacts } from '../factories/registry';
import { expectAlive, reportSlow, volley } from './support/client';
import { describeWith, naughtyStrings } from './support/datasets';
import { HASHING, Shooter, targetsOf } from './support/targets';

const LONG_MS = 300_000;
/** A hash takes as long as a hundred other calls: of those operations every n-th string. */
const HASHING_STEP = 16;
const CLOUD_STEP = 16;

const strings = naughtyStrings();
let shooter: Shooter;

beforeAll(async () => {
  shooter = await Shooter.create();
});
afterAll(reportSlow);

function every(step: number): string[] {
  return strings.filter((_text, index) => index % step === 0);
}

function inputsOf(operation: OperationFacts, texts: readonly string[]): [string, Record<string, unknown>][] {
  const sample = shooter.sample(operation);
  return textPaths(operation.input).flatMap((path) =>
    texts.map((text): [string, Record<string, unknown>] => [
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
      const texts = HASHING.has(name) ? every(HASHING_STEP) : strings;
      expect(
        await volley(inputsOf(operation, texts).map(([about, input]) => shooter.rest(operation, input, about))),
      ).toEqual([]);
      await expectAlive();
    },
    LONG_MS,
  );

  it.each(withTexts('cloud'))(
    '%s as a cloud function',
    async (name, operation) => {
      const texts = every(HASHING.has(name) ? CLOUD_STEP * 4 : CLOUD_STEP);
      expect(
        await volley(inputsOf(operation, texts).map(([about, input]) => shooter.cloud(operation, input, about))),
      ).toEqual([]);
      await expectAlive();
    },
    LONG_MS,
  );
});

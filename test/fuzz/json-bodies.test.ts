import type { OperationFacts } from '../factories/registry';
import { expectAlive, notBroken, reportSlow, volley, type Hit, type Shot } from './support/client';
import { describeWith, jsonCases } from './support/datasets';
import { PARSE_APP, Shooter, targetsOf } from './support/targets';

const LONG_MS = 180_000;
const cases = jsonCases();
let shooter: Shooter;

beforeAll(async () => {
  shooter = await Shooter.create();
});
afterAll(reportSlow);

const isObject = (bytes: Buffer): boolean => {
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  return typeof value === 'object' && value !== null && !Array.isArray(value);
};

/** What must be refused is refused, what is an object gets as far as its fields. */
function judge(kind: string, name: string, bytes: Buffer, hit: Hit): string | undefined {
  const broken = notBroken(hit);
  if (broken) return broken;
  // An empty body is no case of JSON: it stands for {}.
  if (kind === 'n' && bytes.length > 0 && hit.status < 400) return `${name} was read (${hit.status})`;
  if (kind === 'y' && isObject(bytes) && /not JSON/.test(hit.text)) return `${name} was not read: ${hit.text}`;
  return undefined;
}

async function throwAll(shotFor: (bytes: Buffer, name: string) => Shot): Promise<void> {
  const byName = new Map(cases.map((one) => [one.name, one]));
  const faults = await volley(
    cases.map(({ bytes, name }) => shotFor(bytes, name)),
    (hit) => {
      const { kind, name, bytes } = byName.get(hit.shot.about)!;
      return judge(kind, name, bytes, hit);
    },
  );
  expect(faults).toEqual([]);
  await expectAlive();
}

describeWith('json-parsing')('bodies of JSONTestSuite', () => {
  const writing = targetsOf('rest').filter(([, { rest }]) => rest!.method === 'POST' || rest!.method === 'PUT');

  it.each(writing)(
    'at %s',
    (_name, operation: OperationFacts) =>
      throwAll((bytes, name) => ({ ...shooter.rest(operation, shooter.sample(operation), name), body: bytes })),
    LONG_MS,
  );

  it.each(['/parse/functions/getUser', '/parse/classes/Purchase', '/parse/batch', '/parse/login', '/graphql'])(
    'at %s',
    (path) =>
      throwAll((bytes, about) => ({
        method: 'POST',
        path,
        headers: { ...PARSE_APP, 'content-type': 'application/json' },
        body: bytes,
        about,
      })),
    LONG_MS,
  );
});

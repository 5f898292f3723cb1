import { createPerson, type Person } from '../factories/people';
import { paramsOf, registry, type JsonSchema, type OperationFacts } from '../factories/registry';
import { askFunction, askRest, type Issue } from './support/two-doors';

/** Probes: whatever comes along is ignored. */
const IGNORES_ALL = (operation: OperationFacts): boolean => operation.input.additionalProperties !== false;

const operations = registry().operations.filter(
  (operation) => operation.rest && operation.cloud && !IGNORES_ALL(operation),
);
const each = operations.map((operation) => [operation.name, operation] as const);
/** Words of the schema library that say nothing to a client. */
const JARGON = /Invalid|expected|, received |undefined|Unrecognized|Too (small|big)/;

let admin: Person;

beforeAll(async () => {
  admin = await createPerson({ roles: ['admin'] });
});

/** Fields that both doors take in the same way: those of a path are always given over REST. */
function fieldsOf(operation: OperationFacts): [string, JsonSchema][] {
  const inPath = paramsOf(operation.rest!);
  return Object.entries(operation.input.properties ?? {}).filter(([name]) => !inPath.includes(name));
}

async function issuesOf(operation: OperationFacts, input: object): Promise<Issue[]> {
  const [rest, cloud] = await Promise.all([askRest(operation, input, admin), askFunction(operation, input, admin)]);
  expect([rest.status, rest.code]).toEqual([400, 'VALIDATION_ERROR']);
  expect({ ...cloud, status: 400 }).toEqual(rest);
  expect(rest.message).not.toMatch(JARGON);
  return rest.issues;
}

it.each(each)('%s names an unknown field', async (_name, operation) => {
  const issues = await issuesOf(operation, { no_such_field: 'x' });
  expect(issues).toContainEqual({
    path: 'no_such_field',
    code: 'unknown_field',
    message: 'unknown field "no_such_field"',
  });
});

const demanding = each.filter(([, operation]) =>
  fieldsOf(operation).some(([name]) => operation.input.required?.includes(name)),
);

it.each(demanding)('%s names all that is missing at once', async (_name, operation) => {
  const wanted = fieldsOf(operation).filter(([name]) => operation.input.required?.includes(name));
  const issues = await issuesOf(operation, {});
  expect(issues).toEqual(wanted.map(([path]) => ({ path, code: 'missing', message: `${path} is missing` })));
});

const WRONG: [(schema: JsonSchema) => boolean, unknown, RegExp][] = [
  [({ type }) => type === 'integer' || type === 'number', 'x', /must be a (whole )?number, not text$/],
  [({ type }) => type === 'boolean', 'x', /must be true or false, not text$/],
];

it.each(each)('%s says what type or which values a field takes', async (_name, operation) => {
  for (const [name, schema] of fieldsOf(operation)) {
    const choices = schema.enum ?? schema.items?.enum;
    const wrong = WRONG.find(([fits]) => fits(schema));
    if (!choices && !wrong) continue;
    const value = wrong?.[1] ?? (schema.type === 'array' ? ['no_such_value'] : 'no_such_value');
    const issues = await issuesOf(operation, { [name]: value });
    const issue = issues.find(({ path }) => path === name || path.startsWith(`${name}.`));
    if (choices) {
      expect(issue?.code).toBe('not_allowed');
      for (const choice of choices) expect(issue?.message).toContain(String(choice));
    } else expect(issue).toMatchObject({ path: name, code: 'wrong_type', message: expect.stringMatching(wrong![2]) });
  }
});

import { ask, type Question, type Step, type Who } from '../support/question';

const query = (text: string, who: Who = 'nobody', variables: object = {}): Step => ({
  method: 'POST',
  path: '/graphql',
  isRoot: true,
  as: who,
  body: { query: text, variables },
});
const graph = (name: string, text: string, who: Who = 'nobody', more: Partial<Question> = {}): Question =>
  ask(`graphql: ${name}`, query(text, who), more);

const USER = 'username: "graph@example.com", password: "Correct-horse-9"';

export const GRAPHQL: Question[] = [
  graph('health', '{ health }'),
  graph('find', '{ parStudios(order: [name_ASC]) { edges { node { objectId name city } } } }'),
  graph(
    'find with a condition',
    '{ parGames(where: { score: { greaterThan: 15 } }, order: [title_ASC]) { count edges { node { title score } } } }',
  ),
  graph(
    'find by text',
    '{ parGames(where: { title: { equalTo: "Alpha" } }) { edges { node { title won tags { ... on Element { value } } } } } }',
  ),
  graph('find with first', '{ parGames(first: 2, order: [title_ASC]) { edges { node { title } } } }'),
  graph(
    'find by a pointer',
    '{ parGames(where: { studio: { have: { city: { equalTo: "Oslo" } } } }, order: [title_ASC]) { edges { node { title studio { name } } } } }',
  ),
  graph(
    'find or',
    '{ parGames(where: { OR: [{ score: { equalTo: 10 } }, { score: { equalTo: 20 } }] }, order: [title_ASC]) { edges { node { title } } } }',
  ),
  ask(
    'graphql: get',
    query('query ($id: ID!) { parGame(id: $id) { objectId title createdAt owner { objectId } } }', 'nobody', {
      id: '{alpha}',
    }),
  ),
  ask(
    'graphql: get of what is not there',
    query('query ($id: ID!) { parGame(id: $id) { title } }', 'nobody', { id: 'xxxxxxxxxx' }),
  ),
  ask('graphql: get of another’s', query('query ($id: ID!) { parGame(id: $id) { title } }', 'bob', { id: '{hidden}' })),
  graph(
    'create',
    'mutation { createParNote(input: { fields: { text: "graph", n: 1 } }) { parNote { objectId text n } } }',
  ),
  graph(
    'create with a wrong type',
    'mutation { createParNote(input: { fields: { n: "x" } }) { parNote { objectId } } }',
  ),
  ask('graphql: create, update and delete', [
    { method: 'POST', path: '/classes/ParNote', body: { text: 'old' } },
    query(
      'mutation ($id: ID!) { updateParNote(input: { id: $id, fields: { text: "new" } }) { parNote { text } } }',
      'nobody',
      { id: '{1}' },
    ),
    query('mutation ($id: ID!) { deleteParNote(input: { id: $id }) { parNote { objectId text } } }', 'nobody', {
      id: '{1}',
    }),
    query('query ($id: ID!) { parNote(id: $id) { text } }', 'nobody', { id: '{1}' }),
  ]),
  graph(
    'create in a closed class',
    'mutation { createParClosed(input: { fields: { text: "x" } }) { parClosed { objectId } } }',
  ),
  graph('find in a closed class', '{ parCloseds { edges { node { objectId } } } }'),
  graph(
    'a trigger refuses',
    'mutation { createParTrigger(input: { fields: { text: "refuse" } }) { parTrigger { objectId } } }',
  ),
  ask('graphql: signs up, logs in and out', [
    query(`mutation { signUp(input: { fields: { ${USER} } }) { viewer { sessionToken user { username } } } }`),
    query(
      `mutation { logIn(input: { username: "graph@example.com", password: "Correct-horse-9" }) { viewer { user { username } } } }`,
    ),
    query('{ viewer { user { username } } }', 'ann'),
  ]),
  graph(
    'a wrong login',
    'mutation { logIn(input: { username: "graph2@example.com", password: "Wrong-horse-9" }) { viewer { sessionToken } } }',
  ),
  graph('viewer of nobody', '{ viewer { sessionToken } }'),
  graph('viewer with an invalid session', '{ viewer { sessionToken } }', 'stale'),
  graph('calls a function', 'mutation { callCloudCode(input: { functionName: parNumber, params: {} }) { result } }'),
  graph(
    'calls a function with parameters',
    'mutation { callCloudCode(input: { functionName: parEcho, params: { a: 1 } }) { result } }',
  ),
  graph('calls a function that fails', 'mutation { callCloudCode(input: { functionName: parParseError }) { result } }'),
  graph('a field that is not there', '{ parGames { nothing } }'),
  graph('broken text', '{ parGames {'),
  ask('graphql: no query', { method: 'POST', path: '/graphql', isRoot: true, body: {} }),
  graph('introspection by a client', '{ __schema { types { name } } }'),
  graph('introspection by the master key', '{ __type(name: "ParStudio") { name kind } }', 'master'),
  graph('a class is made by a client', 'mutation { createClass(input: { name: "ParGraph" }) { class { name } } }'),
  graph('a class is read by the master key', '{ class(name: "ParStudio") { name } }', 'master'),
  ask('graphql: without an application id', {
    method: 'POST',
    path: '/graphql',
    isRoot: true,
    body: { query: '{ health }' },
    headers: { 'X-Parse-Application-Id': undefined },
  }),
  ask('graphql: GET', { method: 'GET', path: '/graphql', isRoot: true }, { isStatusOnly: true }),
  graph(
    'aliases',
    '{ a: parGames(first: 1, order: [title_ASC]) { count } b: parGames(first: 1, order: [title_DESC]) { edges { node { title } } } }',
  ),
  graph('a named operation', 'query One { parStudios(order: [name_ASC], first: 1) { edges { node { name } } } }'),
];

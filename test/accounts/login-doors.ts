import { api, parseFn, parseRest, type Answer } from '../harness/app';

/** Each door at which a name and a password sign in, or are compared: its status when they are right is 200. */
const DOORS: Record<string, (username: string, password: string) => Promise<Answer>> = {
  '/api/auth/login': (username, password) => api('POST', '/api/auth/login', { body: { username, password } }),
  'the function login': (username, password) => parseFn('login', { username, password }),
  'POST /parse/login': (username, password) => parseRest('POST', '/login', { body: { username, password } }),
  'GET /parse/login': (username, password) => parseRest('GET', `/login?${query({ username, password })}`),
  'POST /parse/verifyPassword': (username, password) =>
    parseRest('POST', '/verifyPassword', { body: { username, password } }),
  'GET /parse/verifyPassword': (username, password) =>
    parseRest('GET', `/verifyPassword?${query({ username, password })}`),
  GraphQL: async (username, password) => {
    const answer = await graphql('mutation ($input: LogInInput!) { logIn(input: $input) { viewer { user { id } } } }', {
      username,
      password,
    });
    return { ...answer, status: answer.body.data?.logIn ? 200 : 404 };
  },
};
const query = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();
export const graphql = (text: string, input: object): Promise<Answer> =>
  parseRest('POST', '/../graphql', { body: { query: text, variables: { input } } });

export async function statusesOf(username: string, password: string): Promise<Record<string, number>> {
  const found = await Promise.all(
    Object.entries(DOORS).map(async ([door, ask]) => [door, (await ask(username, password)).status] as const),
  );
  return Object.fromEntries(found);
}
export const EVERYWHERE = Object.fromEntries(Object.keys(DOORS).map((door) => [door, 200]));

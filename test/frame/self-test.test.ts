import { startExtraServer } from './support/extra-server';

/** What the start-up self-test covers, seen from outside: each of these breaks by a dependency's minor version. */
it('serves a batch and a GraphQL query once it says that it is ready', async () => {
  const server = await startExtraServer();
  try {
    const headers = { 'X-Parse-Application-Id': server.env.PARSE_APP_ID ?? 'appbackend' };
    const requests = [{ method: 'POST', path: '/parse/functions/getHealth', body: {} }];
    const batch = await server.api('POST', '/parse/batch', { headers, body: { requests } });
    expect(batch.body).toMatchObject([{ success: { result: { status: 'healthy' } } }]);
    const graphql = await server.api('POST', '/graphql', { headers, body: { query: 'query { health }' } });
    expect(graphql.body.data).toEqual({ health: true });
    expect(server.output()).not.toMatch(/deprecat/i);
    const left = await server.api('GET', '/parse/classes/SelfTest', {
      headers: { ...headers, 'X-Parse-Master-Key': server.env.PARSE_MASTER_KEY! },
    });
    expect(left.body.results).toEqual([]);
  } finally {
    await server.stop();
  }
});

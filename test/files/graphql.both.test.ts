import { api } from '../harness/app';
import { createPerson, type Person } from '../factories/people';
import { APP_ID, makeFileClass, readUrl, uploadRaw } from './support/files';

const LIMIT = 20 * 1024 * 1024;
let owner: Person;
let album: string;

beforeAll(async () => {
  [owner, album] = [await createPerson(), await makeFileClass()];
});

describe('a file by GraphQL', () => {
  it('is set by GraphQL by its name and address', async () => {
    const { body: saved } = await uploadRaw('cover.jpg', 'x', { sessionToken: owner.sessionToken });
    const query = `mutation($f: FileInput) { create${album}(input: {fields: {cover: $f}}) { object: ${lower(album)} { cover { name url } } } }`;
    const answer = await graphql({
      query: query.replaceAll('\n', ' '),
      variables: { f: { file: { __type: 'File', ...saved } } },
    });
    expect(answer.body.data[`create${album}`].object.cover).toEqual(saved);
  });

  const create = 'mutation($upload: Upload!) { createFile(input: {upload: $upload}) { fileInfo { name url } } }';
  const form = (files: Record<string, [string, string, string]>, more: Record<string, string> = {}): FormData => {
    const data = new FormData();
    data.set('operations', more.operations ?? JSON.stringify({ query: create, variables: { upload: null } }));
    data.set('map', more.map ?? JSON.stringify({ 0: ['variables.upload'] }));
    for (const [part, [name, type, text]] of Object.entries(files)) data.set(part, new Blob([text], { type }), name);
    return data;
  };

  it('stores a file that comes beside the document', async () => {
    const answer = await graphql(form({ 0: ['my photo.png', 'image/png', 'bytes'] }));
    const saved = answer.body.data.createFile.fileInfo;
    expect(saved.name).toMatch(/_my photo\.png$/);
    expect((await readUrl(saved.url)).text).toBe('bytes');
  });

  it('sets it on an object at once', async () => {
    const query = `mutation($u: Upload!) { create${album}(input: {fields: {cover: {upload: $u}}}) { object: ${lower(album)} { cover { url } } } }`;
    const operations = JSON.stringify({ query, variables: { u: null } });
    const answer = await graphql(
      form({ 0: ['a.txt', 'text/plain', 'direct'] }, { operations, map: '{"0":["variables.u"]}' }),
    );
    const { url } = answer.body.data[`create${album}`].object.cover;
    expect((await readUrl(url)).text).toBe('direct');
  });

  it.each([
    ['no map', { map: '' }],
    ['a map into the document', { map: '{"0":["query"]}' }],
    ['a map to a prototype', { map: '{"0":["variables.__proto__.x"],"__proto__":["variables.upload"]}' }],
    ['a list of documents', { operations: '[]' }],
    ['a deep document', { operations: `{"query":"{health}","variables":${'['.repeat(99)}${']'.repeat(99)}}` }],
  ])('refuses %s', async (_what, more) => {
    const answer = await graphql(form({ 0: ['a.txt', 'text/plain', 'x'] }, more));
    expect(answer.status).toBe(400);
  });

  it('refuses more than five files, and too large a one', async () => {
    const many = Object.fromEntries(Array.from({ length: 6 }, (_one, index) => [index, ['a.txt', 'text/plain', 'x']]));
    expect((await graphql(form(many as Record<string, [string, string, string]>))).status).toBe(400);
    const large = await graphql(form({ 0: ['a.txt', 'text/plain', 'x'.repeat(LIMIT + 1_000_000)] }));
    expect(large.status).toBe(413);
  });

  it('counts a login in such a request as every other, and gives no file to the nameless', async () => {
    const query = 'mutation { challenge(input: {challengeData: {}}) { clientMutationId } }';
    const answer = await graphql(
      form({ 0: ['a.txt', 'text/plain', 'x'] }, { operations: JSON.stringify({ query, variables: { upload: null } }) }),
    );
    expect(answer.status).toBe(404);
    const nobody = await graphql(form({ 0: ['a.txt', 'text/plain', 'x'] }), { 'X-Parse-Session-Token': '' });
    expect(nobody.body.data?.createFile ?? null).toBeNull();
    expect(nobody.body.errors).toHaveLength(1);
  });
});

it.each(['/GraphQL', '/graphql/', '/GRAPHQL'])('passes the same gate at %s', async (route) => {
  const query = 'mutation { challenge(input: {challengeData: {}}) { clientMutationId } }';
  expect((await graphql({ query }, {}, route)).status).toBe(404);
  const form = new FormData();
  form.set('operations', JSON.stringify({ query, variables: { upload: null } }));
  form.set('map', '{"0":["variables.upload"]}');
  form.set('0', new Blob(['x']), 'a.txt');
  expect((await graphql(form, {}, route)).status).toBe(404);
});

const lower = (name: string): string => name[0]!.toLowerCase() + name.slice(1);

function graphql(body: object, headers: Record<string, string> = {}, route = '/graphql') {
  return api('POST', route, {
    body,
    headers: { 'X-Parse-Application-Id': APP_ID(), 'X-Parse-Session-Token': owner.sessionToken, ...headers },
  });
}

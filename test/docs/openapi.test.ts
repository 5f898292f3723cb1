import { z } from 'zod';
import { FEATURES } from '../../cloud/features';
import { defineContract } from '../../core/operation/contract';
import { buildOpenApi } from '../../core/operation/openapi';
import { defineOperation, type Operation } from '../../core/operation/operation';
import { collectOperations } from '../../core/operation/registry';
import { api } from '../harness/app';
import { faultsOf } from './openapi-validator';

const OPTIONS = { version: '1.2.3', basePath: '/api', parseMount: '/parse' };
const base = {
  summary: 'A summary',
  tag: 'Test',
  cloud: true,
  access: { kind: 'user' },
  idempotency: 'none',
  output: z.object({ id: z.string() }),
} as const;

const document = (...contracts: Parameters<typeof defineContract>[0][]): Record<string, any> =>
  buildOpenApi(
    contracts.map((contract): Operation => defineOperation(contract, () => Promise.resolve({ id: 'x' }))),
    OPTIONS,
  );

describe('the OpenAPI document', () => {
  it('describes every operation of the features exactly once, without a fault', () => {
    const operations = collectOperations(FEATURES);
    const built = buildOpenApi(operations, OPTIONS);
    expect(faultsOf(built)).toEqual([]);
    const described = Object.values(built.paths).flatMap((item) =>
      Object.values(item).map((entry) => entry.operationId),
    );
    const expected = operations
      .filter(({ contract }) => contract.rest ?? contract.cloud)
      .map(({ contract }) => contract.name);
    expect(described.sort()).toEqual(expected.sort());
  });

  it('is the same text each time', () => {
    const operations = collectOperations(FEATURES);
    expect(JSON.stringify(buildOpenApi(operations, OPTIONS))).toBe(JSON.stringify(buildOpenApi(operations, OPTIONS)));
  });

  it('splits the input into path, query and body', () => {
    const input = z.strictObject({ id: z.string(), tags: z.array(z.string()).optional(), depth: z.int().default(2) });
    const built = document(
      { ...base, name: 'getThing', rest: { method: 'GET', path: '/things/{id}', status: 200 }, input },
      { ...base, name: 'putThing', rest: { method: 'PUT', path: '/things/{id}', status: 200 }, input },
    );
    const { get, put } = built.paths['/api/things/{id}'];
    expect(get.parameters).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
      {
        name: 'tags',
        in: 'query',
        required: false,
        style: 'form',
        explode: false,
        schema: { type: 'array', items: { type: 'string' } },
      },
      { name: 'depth', in: 'query', required: false, schema: { type: 'integer', default: 2 } },
      { $ref: '#/components/parameters/RequestId' },
    ]);
    expect(get.requestBody).toBeUndefined();
    expect(put.requestBody.required).toBe(false);
    expect(built.components.schemas.PutThingRequest.properties).toEqual({
      tags: { type: 'array', items: { type: 'string' } },
      depth: { type: 'integer', default: 2 },
    });
    expect(faultsOf(built)).toEqual([]);
  });

  it('describes an upload as form, raw file and JSON', () => {
    const built = document({
      ...base,
      name: 'sendFile',
      rest: { method: 'POST', path: '/files', status: 202, body: 'upload' },
      idempotency: 'key',
      input: z.strictObject({ options: z.strictObject({ kind: z.string() }), data: z.array(z.unknown()).optional() }),
      otherAnswers: { 200: { when: 'With a preview.', output: z.strictObject({ rows: z.array(z.string()) }) } },
    });
    const { post } = built.paths['/api/files'];
    expect(Object.keys(post.requestBody.content)).toEqual(
      expect.arrayContaining(['multipart/form-data', 'text/csv', 'application/json']),
    );
    expect(post.parameters[0]).toMatchObject({ name: 'options', in: 'query', required: false });
    expect(post.parameters).toContainEqual({ $ref: '#/components/parameters/IdempotencyKey' });
    expect(Object.keys(post.responses)).toEqual(
      expect.arrayContaining(['200', '202', '400', '413', '415', '422', '429']),
    );
    const { description, content } = post.responses['200'];
    const schema = { $ref: '#/components/schemas/SendFileResponse200' };
    expect([description, content['application/json']]).toEqual(['With a preview.', { schema }]);
    expect(built.components.schemas.SendFileResponse200.required).toEqual(['rows']);
    expect(faultsOf(built)).toEqual([]);
  });

  it('describes another answer with the usual body in place of the error form', () => {
    const built = document({
      ...base,
      name: 'getState',
      rest: { method: 'GET', path: '/state', status: 200 },
      input: z.strictObject({}),
      otherAnswers: { 503: { when: 'It is down.' } },
    });
    const { responses } = built.paths['/api/state'].get;
    expect(responses['503'].content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/GetStateResponse',
    });
    expect(faultsOf(built)).toEqual([]);
  });

  it('describes an operation without route at the Parse API, with its result', () => {
    const built = document({ ...base, name: 'onlyFunction', rest: null, input: z.strictObject({ a: z.string() }) });
    const { post } = built.paths['/parse/functions/onlyFunction'];
    expect(post['x-cloud-function']).toBe('onlyFunction');
    expect(post.security).toContainEqual({ parseAppId: [], sessionToken: [] });
    expect(faultsOf(built)).toEqual([]);
  });

  it('keeps the references of a recursive schema inside the document', () => {
    interface Tree {
      name: string;
      children: Tree[];
    }
    const tree: z.ZodType<Tree> = z.lazy(() => z.object({ name: z.string(), children: z.array(tree) }));
    const built = document({
      ...base,
      name: 'growTree',
      rest: { method: 'POST', path: '/trees', status: 201 },
      input: z.object({ tree }),
    });
    expect(JSON.stringify(built)).toContain('#/components/schemas/GrowTreeRequest_');
    expect(faultsOf(built)).toEqual([]);
  });

  it('names the callers and the error forms', () => {
    const built = document({
      ...base,
      name: 'listThings',
      access: { kind: 'roles', roles: ['admin'], selfParam: 'user_id' },
      rest: { method: 'GET', path: '/things', status: 200 },
      input: z.strictObject({ user_id: z.string().optional() }),
      errors: ['NOT_FOUND'],
    });
    const { get } = built.paths['/api/things'];
    expect(get.description).toContain('admin; a person about himself, where `user_id` names him');
    expect(get.responses['404']).toEqual({ $ref: '#/components/responses/NOT_FOUND' });
    expect(Object.keys(built.components.responses.NOT_FOUND.content)).toEqual([
      'application/json',
      'application/problem+json',
    ]);
  });
});

describe('/api-docs', () => {
  it('serves the document of the running server', async () => {
    const answer = await api('GET', '/api-docs/openapi.json');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(faultsOf(answer.body)).toEqual([]);
    const described = Object.values<Record<string, any>>(answer.body.paths).flatMap((item) =>
      Object.values(item).map((entry) => entry.operationId),
    );
    expect(described).toEqual(expect.arrayContaining(collectOperations(FEATURES).map(({ contract }) => contract.name)));
  });

  it('serves its page without any script of its own in it', async () => {
    const page = await api<string>('GET', '/api-docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self'/);
    expect(page.body).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(page.body).not.toMatch(/https?:\/\//);
  });
});

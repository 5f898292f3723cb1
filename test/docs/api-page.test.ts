import { readFileSync } from 'node:fs';
import path from 'node:path';
import { adminToken, api } from '../harness/app';

const page = readFileSync(path.join(__dirname, '../../docs/api.md'), 'utf8');

it('docs/api.md shows the error that its request gets', async () => {
  const [, route] = /`GET (\/api\S+)`/.exec(page)!;
  const { error: shown } = JSON.parse(/```json\n([\s\S]+?)```/.exec(page)![1]!);
  const { status, body } = await api('GET', route!, { token: await adminToken() });
  expect(status).toBe(400);
  const { timestamp, request_id } = shown;
  expect({ ...body.error, timestamp, request_id }).toEqual(shown);
});

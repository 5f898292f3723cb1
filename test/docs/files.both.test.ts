import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { createPerson } from '../factories/people';
import { parseRest, testServer } from '../harness/app';

const ROOT = path.resolve(__dirname, '../..');
const DOCUMENT = readFileSync(path.join(ROOT, 'docs/files.md'), 'utf8');

/** The first example of a section. */
function example(section: string): string {
  const text = DOCUMENT.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  const block = /```js\n([^]*?)```/.exec(text)?.[1];
  if (!block) throw new Error(`docs/files.md has no example under "${section}".`);
  return block;
}

test('the examples of docs/files.md do what they say, with the SDK', async () => {
  const person = await createPerson();
  const signedIn = { requiresAuthentication: true };
  const fields = { title: { type: 'String' }, picture: { type: 'File' } };
  const classLevelPermissions = { find: signedIn, get: signedIn, create: signedIn, update: signedIn };
  await parseRest('POST', '/schemas/Photo', {
    masterKey: true,
    body: { className: 'Photo', fields, classLevelPermissions },
  });
  const script = `
    const Parse = require(${JSON.stringify(path.join(ROOT, 'node_modules/parse/node'))});
    Parse.initialize('appbackend');
    Parse.serverURL = ${JSON.stringify(`${testServer().url}/parse`)};
    Parse.User.enableUnsafeCurrentUser();
    const pngInBase64 = 'iVBORw0KGgo=';
    const statusOf = async (url) => (await fetch(url)).status;
    (async () => {
      await Parse.User.logIn(${JSON.stringify(person.email)}, ${JSON.stringify(person.password)});
      ${example('Store, attach, read')}
      const seen = await statusOf(address);
      ${example('Private files')}
      const text = await (await fetch(url)).text();
      const closed = await statusOf(letter.url());
      ${example('Remove')}
      console.log(JSON.stringify({ seen, text, closed, gone: await statusOf(address) }));
    })();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script]);
  expect(JSON.parse(stdout)).toEqual({ seen: 200, text: 'Dear diary', closed: 404, gone: 404 });
});

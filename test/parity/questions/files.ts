import { ALL_STYLES, as, ask, del, get, inStyles, post, type Question, type Step } from '../support/question';

const upload = (name: string, raw: string, type: string, more: Partial<Step> = {}): Step => ({
  method: 'POST',
  path: `/files/${name}`,
  raw,
  as: 'ann',
  ...more,
  headers: { 'Content-Type': type, ...more.headers },
});
const attach = (index: number): object => ({
  file: { __type: 'File', name: `{${index}.name}`, url: `{${index}.url}` },
});

export const FILES: Question[] = [
  ...inStyles(
    ['js', 'rest'],
    [
      ask(
        'file: base64 in JSON',
        post(
          '/files/hello.txt',
          { base64: 'SGVsbG8=', fileData: { metadata: {}, tags: {} }, _ContentType: 'text/plain' },
          { as: 'ann' },
        ),
      ),
    ],
  ),
  ask('file: raw bytes by a user', upload('raw.txt', 'Hello', 'text/plain')),
  ask('file: raw bytes by nobody', upload('raw.txt', 'Hello', 'text/plain', { as: 'nobody' })),
  ask('file: raw bytes by the master key', upload('raw.txt', 'Hello', 'text/plain', { as: 'master' })),
  ask('file: an image', upload('photo.png', 'not really', 'image/png')),
  ask('file: a page', upload('page.html', '<script>alert(1)</script>', 'text/html')),
  ask('file: a drawing with scripts', upload('drawing.svg', '<svg/>', 'image/svg+xml')),
  ask('file: a page under another name', upload('page.txt', '<script>', 'text/html')),
  ask('file: without an extension', upload('noext', 'x', 'text/plain')),
  ask('file: without a type', upload('notype.txt', 'x', '')),
  ask('file: without a name', upload('', 'x', 'text/plain')),
  ask('file: a name with a slash', upload('a%2Fb.txt', 'x', 'text/plain')),
  ask('file: a name with dots', upload('..%2F..%2Fetc.txt', 'x', 'text/plain')),
  ask('file: a name with spaces', upload('my%20file.txt', 'x', 'text/plain')),
  ask('file: a name that is too long', upload(`${'x'.repeat(130)}.txt`, 'x', 'text/plain')),
  ask('file: empty', upload('empty.txt', '', 'text/plain')),
  ask(
    'file: base64 that is none',
    post('/files/bad.txt', { base64: '%%%', _ContentType: 'text/plain' }, { as: 'ann' }),
  ),
  ask(
    'file: uploaded, attached and read',
    as(
      'ann',
      upload('attached.txt', 'Hello', 'text/plain'),
      post('/classes/ParNote', attach(1)),
      get('/classes/ParNote/{2}'),
    ),
  ),
  ask(
    'file: attached by the master key',
    as('master', upload('attached.txt', 'Hello', 'text/plain'), post('/classes/ParNote', attach(1))),
  ),
  ask('file: the avatar of a user', [
    post('/users', { username: 'avatar-{style}@example.com', password: 'Correct-horse-9' }),
    upload('avatar.png', 'x', 'image/png'),
    {
      method: 'PUT',
      path: '/users/{1}',
      body: { avatar: { __type: 'File', name: '{2.name}', url: '{2.url}' } },
      session: '{1.sessionToken}',
    },
  ]),
  ask('file: one that is not there', get('/files/appbackend/nothing.txt')),
  ask('file: of an application that is not there', get('/files/other/nothing.txt')),
  ask('file: metadata of one that is not there', get('/files/appbackend/metadata/nothing.txt')),
  ask('file: deleted by a user', as('ann', upload('deleted.txt', 'x', 'text/plain'), del('/files/{1.name}')), {
    differs: ['file-owners', '201 200'],
  }),
  ask(
    'file: deleted by the master key',
    as('master', upload('deleted.txt', 'x', 'text/plain'), del('/files/{1.name}')),
  ),
  ask('file: one that is not there is deleted', del('/files/nothing.txt', { as: 'master' })),
  ask(
    'file: found by its name',
    as(
      'ann',
      upload('found.txt', 'x', 'text/plain'),
      post('/classes/ParNote', attach(1)),
      get('/classes/ParNote', { where: attach(1) }),
    ),
  ),
  ...inStyles(ALL_STYLES, [
    ask(
      'file: a row with a file of another address',
      post('/classes/ParNote', { file: { __type: 'File', name: 'x.txt', url: 'https://example.com/x.txt' } }),
      { differs: ['file-addresses', '400/130'] },
    ),
  ]),
];

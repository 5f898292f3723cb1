import { acceptedName, servedAs } from '../../core/files/file-types';
import { CONFIG_VARIABLES } from '../../core/config';

const TYPES = CONFIG_VARIABLES.FILE_TYPES.default.split(',');
const PLAIN = Buffer.from('plain');
const HTML = Buffer.from('\ufeff\n <!DOCTYPE html><script>alert(1)</script>');

/** Names of the advisories on stored scripts, and their kin. */
const NAMES = [
  ...['a.html', 'a.HTML', 'a.htm', 'a.xhtml', 'a.svg', 'a.SVG', 'a.svgz', 'a.xml', 'a.atom', 'a.rss', 'a.kml', 'a.xsl'],
  ...['a.gpx', 'a.opml', 'a.rdf', 'a.wsdl', 'a.xspf', 'a.smil', 'a.dae', 'a.xaml', 'a.mml', 'a.xslt', 'a.dtd', 'a.mht'],
  ...['a.mathml', 'a.xht', 'a.shtml', 'a.js', 'a.mjs', 'a.css', 'a.swf', 'a.wasm', 'a.hta', 'a.php', 'a.exe', 'a.sh'],
  ...[
    'a.svg.',
    'a.html ',
    'a.html;.png;',
    'a.png.html',
    'a.xml+svg',
    'a.sv~g',
    'a.',
    '.html',
    'a.html\u0000',
    'a.ｈtml',
  ],
];
const NAMED = [
  'photo.png',
  'paper.pdf',
  'note.txt',
  'table.csv',
  'song.mp3',
  'film.mp4',
  'x.html.png',
  'doc.docx',
  'a.zip',
];
const BARE = ['photo', 'html', 'svg+xml', 'a-b'];
const CONTENT_TYPES = [
  ...['image/svg+xml', 'text/html', 'text/html;charset=utf-8', 'application/xhtml+xml', 'text/xml', 'application/xml'],
  ...['application/atom+xml', 'application/rss+xml', 'application/vnd.google-earth.kml+xml', 'text/xsl', 'image/'],
  ...['image//svg+xml', 'text/plain,text/html', 'svg', 'image/svg+xml ;x', 'text/javascript', 'application/wasm'],
  ...['multipart/related', 'message/rfc822', ' text/html'],
];
const EXECUTABLE = /html|xml|script|svg|css|wasm|flash|related|rfc822/i;

it('what is shown in place is pictures, sound, films, PDF and plain text, of all short extensions and those above', () => {
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const pairs = letters.flatMap((a) => letters.map((b) => a + b));
  const extensions = [...pairs, ...pairs.flatMap((two) => letters.map((c) => two + c)), 'jpeg', 'html', 'json', 'tiff'];
  const shown = [...extensions.map((extension) => `x.${extension}`), ...NAMES].map(servedAs);
  const types = new Set(shown.filter(({ isInline }) => isInline).map(({ type }) => type));
  expect(types.size).toBeGreaterThan(15);
  const isHarmless =
    /^((image|audio|video)\/(?!svg)[\w-]+|application\/pdf|application\/json; charset=utf-8|text\/(plain|csv|tab-separated-values|vtt); charset=utf-8)$/;
  expect([...types].filter((type) => !isHarmless.test(type))).toEqual([]);
});

it('tries at least thirty names with twenty types', () => {
  expect(NAMES.length).toBeGreaterThanOrEqual(30);
  expect(CONTENT_TYPES.length).toBeGreaterThanOrEqual(20);
});

describe.each(NAMES)('the name %j', (name) => {
  it.each(CONTENT_TYPES)('is refused, said to be %s', (type) => {
    expect(() => acceptedName(name, type, PLAIN, TYPES)).toThrow(/is disabled/);
  });

  it('would be a download without a script, were every type allowed', () => {
    const { type, isInline } = servedAs(acceptedName(name, 'text/html', HTML, ['*']));
    // A picture for pages; opened by itself it is a download, in a sandbox.
    expect([isInline, EXECUTABLE.test(type) && type !== 'image/svg+xml']).toEqual([false, false]);
  });
});

describe.each(NAMED)('the name %s', (name) => {
  it.each(CONTENT_TYPES)('keeps its own type, said to be %s', (type) => {
    expect(acceptedName(name, type, PLAIN, TYPES)).toBe(name);
    expect(servedAs(name).type).not.toMatch(/html|svg|script|\/xml|\+xml/);
  });
});

describe.each(BARE)('the name %s, without an extension', (name) => {
  it.each(CONTENT_TYPES)('is refused, said to be %s', (type) => {
    expect(() => acceptedName(name, type, PLAIN, TYPES)).toThrow(/is disabled/);
  });

  it.each([
    ['image/jpeg', '.jpg'],
    ['IMAGE/PNG; q=1', '.png'],
    ['text/plain', '.txt'],
    ['application/octet-stream', ''],
    ['', ''],
  ])('said to be %j gets %j', (type, extension) => {
    const stored = acceptedName(name, type, PLAIN, TYPES);
    expect(stored).toBe(name + extension);
    if (!extension) expect(servedAs(stored)).toMatchObject({ type: 'application/octet-stream', isInline: false });
  });
});

it.each(['a.png', 'a.pdf', 'a.mp3', 'a.mp4', 'a.docx', 'a.zip'])('markup named %s is refused', (name) => {
  for (const body of [
    HTML,
    Buffer.from('<svg xmlns="…"/>'),
    Buffer.from('<?xml version="1.0"?>'),
    Buffer.from('<html', 'utf16le'),
  ])
    expect(() => acceptedName(name, '', body, TYPES)).toThrow(/markup/);
});

it('a text that begins with a tag stays a text', () => {
  expect(acceptedName('note.txt', '', HTML, TYPES)).toBe('note.txt');
  expect(servedAs('note.txt').type).toBe('text/plain; charset=utf-8');
});

it('takes what a setting lists, and nothing else', () => {
  expect(acceptedName('a.dwg', '', PLAIN, ['dwg'])).toBe('a.dwg');
  expect(() => acceptedName('a.png', '', PLAIN, ['dwg'])).toThrow('File upload of extension png is disabled.');
  expect(servedAs('a.dwg')).toMatchObject({ type: 'application/octet-stream', isInline: false });
});

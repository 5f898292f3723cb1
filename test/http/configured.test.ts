import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { callOut, checkUrl, type Lookup } from '../../core/http';
import { isPrivateAddress } from '../../core/http.addresses';
import { CircuitBreaker } from '../../core/http.breaker';
import { callConfigured, circuitOf } from '../../core/http.configured';

const root = path.resolve(__dirname, '../..');
const never: Lookup = () => Promise.reject(new Error('must not be asked'));

describe('services that the settings name', () => {
  let server: http.Server;
  let base: string;
  let answer: http.RequestListener = (_req, res) => res.end();
  const paths: string[] = [];

  beforeAll(async () => {
    server = http.createServer((req, res) => {
      paths.push(req.url!);
      answer(req, res);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => paths.splice(0));
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('may be inside the network, by http and on any port', async () => {
    answer = (_req, res) => res.end('{}');
    expect(await callConfigured({ url: `${base}/parse` }, { path: '/health' })).toMatchObject({ status: 200 });
    expect(paths).toEqual(['/parse/health']);
    for (const url of ['http://notify:8080/', 'http://notify.internal:9/', 'http://10.1.2.3/', 'https://[fd12::1]/']) {
      expect(checkUrl({ url, allowPrivate: true }).href).toBe(url);
    }
  });

  it.each(['/../admin', '/../../x', '/%2e%2e/x', 'x', '@example.com/', ':1/', '/..\\x'])(
    'are not left by the path %s',
    async (below) => {
      await expect(callConfigured({ url: `${base}/parse` }, { path: below })).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
      });
      expect(paths).toEqual([]);
    },
  );

  it.each([
    '169.254.169.254',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '100.100.100.200',
    '0.0.0.0',
    '224.0.0.1',
    '[::ffff:10.0.0.1]',
  ])('are never at %s, where no service of an operator is', async (host) => {
    await expect(callOut({ url: `http://${host}/`, allowPrivate: true }, { lookup: never })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    });
  });

  it('are refused, too, when their name resolves to such an address', async () => {
    const lookup: Lookup = () => Promise.resolve([{ address: '169.254.169.254', family: 4 }]);
    await expect(callOut({ url: 'http://notify:1/', allowPrivate: true }, { lookup })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    });
    expect(['10.0.0.1', '192.168.1.1', '::1', 'fd12::1'].map(isPrivateAddress)).toEqual([true, true, true, true]);
    expect(['8.8.8.8', '::ffff:10.0.0.1', 'fe80::1%eth0', 'x'].map(isPrivateAddress)).toEqual(Array(4).fill(false));
  });

  it('have breakers of their own, which a probe passes and closes', async () => {
    const service = { url: base };
    const state = (): string => circuitOf(service, Date.now());
    answer = (_req, res) => res.writeHead(500).end();
    expect(state()).toBe('closed');
    for (let i = 0; i < 5; i += 1) await callConfigured(service, { path: '/' });
    expect(state()).toBe('open');
    await expect(callConfigured(service, { path: '/' })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    // What clients make us call does not see it, nor could it open it.
    expect(await callOut({ url: `${base}/`, allowLoopback: true })).toMatchObject({ status: 500 });
    answer = (_req, res) => res.end();
    expect(await callConfigured(service, { path: '/', isProbe: true })).toMatchObject({ status: 200 });
    expect(state()).toBe('closed');
    expect(paths).toHaveLength(7);
  });

  it('are the only ones that may be inside: no other file allows it', () => {
    const folders = ['core', 'cloud', 'server', 'jobs', 'dashboard'];
    const setters = folders
      .flatMap((folder) =>
        readdirSync(path.join(root, folder), { recursive: true }).map((file) => `${folder}/${String(file)}`),
      )
      .filter(
        (file) =>
          file.endsWith('.ts') &&
          /allowPrivate:\s*[^;?]*(?:true|[a-z]\w*[,}\s])/.test(readFileSync(path.join(root, file), 'utf8')),
      );
    expect(setters).toEqual(['core/http.configured.ts']);
  });
});

describe('the state of a breaker', () => {
  it('is closed, then open, half open once its pause is over and while one tries, and open again', () => {
    const breaker = new CircuitBreaker({ failures: 2, openMs: 1000 });
    const states: string[] = [];
    const note = (nowMs: number): number => states.push(breaker.state('a', nowMs));
    note(0);
    breaker.failed('a', 0);
    note(0);
    breaker.failed('a', 0);
    note(999);
    note(1000);
    breaker.check('a', 1000);
    note(1500);
    breaker.failed('a', 1600);
    note(1600);
    breaker.check('a', 2600);
    breaker.succeeded('a');
    note(2600);
    expect(states).toEqual(['closed', 'closed', 'open', 'half_open', 'half_open', 'open', 'closed']);
  });
});

import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { callOut, checkUrl, type Lookup } from '../../core/http';
import { isPublicAddress } from '../../core/http.addresses';
import { CircuitBreaker } from '../../core/http.breaker';
import { HOSTILE_URLS } from '../factories/hostile-urls';

const PUBLIC = ['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '2a00:1450:4001:81b::200e'];

describe('addresses that may be called', () => {
  it.each(HOSTILE_URLS)('refuses %s', async (url) => {
    const never: Lookup = () => Promise.reject(new Error('must not be asked'));
    await expect(callOut({ url }, { lookup: never })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  });

  it.each(PUBLIC)('knows %s as public', (address) => expect(isPublicAddress(address)).toBe(true));

  it('accepts https on a public name, and http and other ports only where the caller says so', () => {
    expect(checkUrl({ url: 'https://example.com/a?b=c' }).host).toBe('example.com');
    expect(checkUrl({ url: 'http://example.com/', allowHttp: true }).host).toBe('example.com');
    expect(checkUrl({ url: 'https://example.com:8443/', ports: [8443] }).port).toBe('8443');
  });

  it.each(['127.0.0.1', '10.1.2.3', '::ffff:127.0.0.1', '169.254.169.254', 'fe80::1%eth0'])(
    'refuses a public name that resolves to %s, even beside a public address',
    async (address) => {
      const lookup: Lookup = () =>
        Promise.resolve([
          { address: '8.8.8.8', family: 4 },
          { address, family: 4 },
        ]);
      await expect(callOut({ url: 'https://example.com/' }, { lookup })).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
      });
    },
  );
});

describe('calls', () => {
  let server: http.Server;
  let url: string;
  let answer: http.RequestListener;
  let hits = 0;

  beforeAll(async () => {
    server = http.createServer((req, res) => {
      hits += 1;
      answer(req, res);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  beforeEach(() => (hits = 0));
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const call = (more: object = {}, breaker = new CircuitBreaker()) =>
    callOut({ url, allowLoopback: true, ...more }, { breaker });

  it('sends method, headers and body, and gives the answer', async () => {
    answer = (req, res) => {
      const parts: Buffer[] = [];
      req.on('data', (part: Buffer) => parts.push(part));
      req.on('end', () =>
        res
          .writeHead(201, { 'x-a': 'b' })
          .end(`${req.method} ${String(req.headers['x-q'])} ${Buffer.concat(parts).toString()}`),
      );
    };
    const got = await call({ method: 'POST', headers: { 'x-q': '1' }, body: 'hello' });
    expect({ ...got, body: got.body.toString() }).toMatchObject({
      status: 201,
      headers: { 'x-a': 'b' },
      body: 'POST 1 hello',
    });
  });

  it('asks for a name once and connects to that answer: a second one could not move it', async () => {
    answer = (req, res) => res.end(req.headers.host);
    let asked = 0;
    const rebinding: Lookup = () =>
      Promise.resolve([{ address: (asked += 1) === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]);
    const named = url.replace('127.0.0.1', 'rebind.example.com');
    const got = await callOut(
      { url: named, allowLoopback: true },
      { lookup: rebinding, breaker: new CircuitBreaker() },
    );
    expect({ asked, host: got.body.toString() }).toEqual({ asked: 1, host: new URL(named).host });
  });

  it('refuses a name that rebinds to a private address between two tries', async () => {
    answer = (_req, res) => res.writeHead(503).end();
    let asked = 0;
    const lookup: Lookup = () =>
      Promise.resolve([{ address: (asked += 1) === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]);
    const named = url.replace('127.0.0.1', 'rebind.example.com');
    await expect(
      callOut({ url: named, allowLoopback: true, retries: 3 }, { lookup, breaker: new CircuitBreaker() }),
    ).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    expect({ asked, hits }).toEqual({ asked: 2, hits: 1 });
  });

  it('follows no redirect', async () => {
    answer = (_req, res) => res.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    expect(await call()).toMatchObject({ status: 302 });
    expect(hits).toBe(1);
  });

  it('refuses an answer beyond the cap, also when its length was not told', async () => {
    answer = (_req, res) => {
      res.write(Buffer.alloc(600));
      setTimeout(() => res.end(Buffer.alloc(600)), 10);
    };
    await expect(call({ maxBytes: 1000 })).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('ends at the deadline when the answer drips', async () => {
    answer = (_req, res) => {
      const drip = setInterval(() => res.write('x'), 20);
      res.on('close', () => clearInterval(drip));
    };
    const startedAt = Date.now();
    await expect(call({ deadlineMs: 300 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(Date.now() - startedAt).toBeLessThan(1500);
  });

  it('ends at the deadline when the name does not resolve', async () => {
    const lookup: Lookup = () => new Promise(() => undefined);
    await expect(
      callOut({ url: 'https://slow.example.com/', deadlineMs: 200 }, { lookup, breaker: new CircuitBreaker() }),
    ).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('tries again after 503 as often as allowed, and not after 400', async () => {
    answer = (_req, res) => res.writeHead(hits < 3 ? 503 : 200).end();
    expect(await call({ retries: 2 })).toMatchObject({ status: 200 });
    expect(hits).toBe(3);
    hits = 0;
    answer = (_req, res) => res.writeHead(400).end();
    expect(await call({ retries: 2 })).toMatchObject({ status: 400 });
    expect(hits).toBe(1);
  });

  it('opens the breaker after failures in a row, lets one trial through, and closes on success', async () => {
    const breaker = new CircuitBreaker({ failures: 3, openMs: 200 });
    answer = (_req, res) => res.writeHead(500).end();
    for (let i = 0; i < 3; i += 1) await call({}, breaker);
    await expect(call({}, breaker)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(hits).toBe(3);
    await new Promise((resolve) => setTimeout(resolve, 220));
    answer = (_req, res) => res.end();
    const trials = await Promise.allSettled([call({}, breaker), call({}, breaker)]);
    expect(trials.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await call({}, breaker)).toMatchObject({ status: 200 });
  });

  it('reports a host that cannot be reached', async () => {
    await expect(call({ url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

import { api } from '../harness/app';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

/** The dashboard is a folder. */
const LINKED = [200, 200, 301, 200];

describe('GET /', () => {
  it('shows a browser where everything is, and every link leads there', async () => {
    const page = await api<string>('GET', '/', { headers: { accept: BROWSER } });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const links = [...page.body.matchAll(/<a href="([^"]+)"/g)].map(([, href]) => href!);
    expect(links).toEqual(['/api-docs', '/api-docs/openapi.json', '/dashboard', '/health']);
    const found = await Promise.all(links.map(async (href) => (await api('GET', href)).status));
    expect(found).toEqual(LINKED);
    const styles = [...page.body.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, to]) => to!);
    expect(styles).toHaveLength(1);
    for (const href of styles) expect([href, (await api('GET', href)).status]).toEqual([href, 200]);
  });

  it.each([undefined, '*/*', 'application/json'])('answers a program that accepts %s with JSON', async (accept) => {
    const answer = await api('GET', '/', accept === undefined ? {} : { headers: { accept } });
    expect(answer).toMatchObject({
      status: 200,
      body: { links: { api: '/api', parse: '/parse', docs: '/api-docs', dashboard: '/dashboard', health: '/health' } },
    });
    expect(answer.headers.get('x-request-id')).toBeTruthy();
  });

  it('is there for HEAD, and for no other method', async () => {
    expect((await api('HEAD', '/')).status).toBe(200);
    expect((await api('POST', '/', { body: {} })).status).toBe(404);
  });
});

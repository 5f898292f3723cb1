import type { Express, Request, Response } from 'express';
import { config } from '../core/config';
import { applicationName } from '../core/mail/rules';
import { escaped, STYLE_PATH } from './account-pages.html';
import { PAGE_POLICY } from './account-pages';

interface Link {
  name: string;
  path: string;
  what: string;
}

/** What stands at the address that the start prints: where everything else is. */
export function mountHome(app: Express): void {
  app.get('/', (req: Request, res: Response) => {
    res.set({ 'x-content-type-options': 'nosniff', 'content-security-policy': PAGE_POLICY, vary: 'accept' });
    res.set('cache-control', 'no-cache');
    // A browser names HTML; what takes anything is a program.
    if (req.accepts(['json', 'html']) === 'html') res.type('html').send(pageOf(links()));
    else res.json({ service: config().serviceName, links: paths() });
  });
}

function paths(): Record<string, string> {
  const { basePath, parseMount } = config();
  const pages = links().map(({ name, path }) => [name, path] as const);
  return { api: basePath, parse: parseMount, graphql: '/graphql', ...Object.fromEntries(pages) };
}

function links(): Link[] {
  const { basePath } = config();
  return [
    { name: 'docs', path: '/api-docs', what: `API docs: every operation below ${basePath} and its cloud function` },
    { name: 'openapi', path: '/api-docs/openapi.json', what: 'The same as OpenAPI 3.1' },
    { name: 'dashboard', path: '/dashboard', what: 'Parse Dashboard, for administrators' },
    { name: 'health', path: '/health', what: 'Health' },
  ];
}

function pageOf(shown: readonly Link[]): string {
  const name = escaped(applicationName());
  const items = shown.map(({ path, what }) => `<li><a href="${escaped(path)}">${escaped(what)}</a></li>`);
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="robots" content="noindex" />
    <title>${name}</title>
    <link rel="stylesheet" href="${STYLE_PATH}" />
    <link rel="icon" href="data:," />
  </head>
  <body>
    <main>
      <h1>${name}</h1>
      <p>This server is an API: for Parse SDKs at <code>${escaped(config().parseMount)}</code>, for REST at <code>${escaped(config().basePath)}</code>.</p>
      <ul>
        ${items.join('\n        ')}
      </ul>
    </main>
  </body>
</html>
`;
}

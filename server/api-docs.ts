import path from 'node:path';
import express, { type Express } from 'express';
import { config } from '../core/config';
import { eventTypes } from '../core/events/types';
import { buildOpenApi } from '../core/operation/openapi';
import { projectVersion } from '../core/operation/openapi.version';
import type { Operation } from '../core/operation/operation';

const ASSETS = path.dirname(require.resolve('swagger-ui-dist/package.json'));
const SERVED_ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/** OpenAPI as JSON, and its page from files of our own: no script from elsewhere, none inline. */
export function mountApiDocs(app: Express, operations: readonly Operation[]): void {
  const { basePath, parseMount } = config();
  const document = JSON.stringify(
    buildOpenApi(operations, { version: projectVersion(), basePath, parseMount, eventTypes: eventTypes() }),
  );
  const docs = express.Router();
  docs.get('/openapi.json', (_req, res) => {
    res.type('application/json').set('cache-control', 'no-cache').send(document);
  });
  docs.get('/initializer.js', (_req, res) => {
    res.type('text/javascript').send(INITIALIZER);
  });
  for (const name of SERVED_ASSETS) {
    docs.get(`/${name}`, (_req, res) => res.sendFile(name, { root: ASSETS, maxAge: '1d' }));
  }
  docs.get('/', (_req, res) => {
    res.type('text/html').send(PAGE);
  });
  app.use('/api-docs', docs);
}

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>AppBackend API</title>
    <link rel="icon" href="/api-docs/favicon-32x32.png" />
    <link rel="stylesheet" href="/api-docs/swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/api-docs/swagger-ui-bundle.js"></script>
    <script src="/api-docs/initializer.js"></script>
  </body>
</html>
`;

/** `validatorUrl: null`: the page would otherwise send the document's address to a service outside. */
const INITIALIZER = `window.ui = SwaggerUIBundle({
  url: '/api-docs/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayOperationId: true,
  docExpansion: 'none',
  filter: true,
  persistAuthorization: false,
  tagsSorter: 'alpha',
  validatorUrl: null,
});
`;

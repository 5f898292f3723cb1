import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { config } from '../core/config';
import { columnsByClass, internalClasses } from './columns';

const BUNDLE = /<script src="[^"]*bundles\/dashboard\.bundle\.js">/;

/** On a usual screen the browser's toolbar has no room in one line, and its second one covers the heading. */
const NARROW_TOOLBAR = '@media (max-width: 1500px) { .qqhLIlFc5433uzH6NxSg { zoom: 0.84; } }';

/**
 * Runs before the dashboard's own script and sets what it reads from the browser's storage, where
 * nobody has chosen otherwise: views and filters are those saved on the server (by default it shows
 * only the browser's own), and the columns of our classes begin with the name.
 */
export function serveSetupScript(): RequestHandler {
  const app = config().parseAppId;
  const columns = Object.entries(columnsByClass()).map(([className, order]) => [
    `ParseDashboard:v1:${app}:${className}`,
    JSON.stringify(order),
  ]);
  const script = `window.APPBACKEND_INTERNAL = ${JSON.stringify(internalClasses())};
(function () {
  var key = 'ParseDashboard:StoragePreferences';
  var app = ${JSON.stringify(app)};
  var columns = ${JSON.stringify(Object.fromEntries(columns))};
  try {
    var chosen = JSON.parse(localStorage.getItem(key) || '{}');
    if (!chosen[app]) {
      chosen[app] = 'server';
      localStorage.setItem(key, JSON.stringify(chosen));
    }
    for (var name in columns) if (!localStorage.getItem(name)) localStorage.setItem(name, columns[name]);
  } catch (error) {
    console.warn('The views of the server are not shown: no local storage.', error);
  }
})();
`;
  return (_req, res) => {
    res.type('text/javascript').set('cache-control', 'no-cache').send(script);
  };
}

/** Puts the script into the page, and closes what the page does not need. */
export function setUpPage(scriptUrl: string): RequestHandler {
  const setup = `<style>${NARROW_TOOLBAR}</style><script src="${scriptUrl}"></script>`;
  return (_req: Request, res: Response, next: NextFunction) => {
    res.set({
      // The page holds the master key: nobody may frame it, and it may send nothing elsewhere.
      'content-security-policy': policy(),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    const send = res.send.bind(res);
    res.send = (body: unknown) => {
      res.removeHeader('x-powered-by');
      return send(typeof body === 'string' ? body.replace(BUNDLE, (tag) => `${setup}${tag}`) : body);
    };
    next();
  };
}

/** Parse Dashboard writes one inline script, and its console evaluates what the admin types. */
function policy(): string {
  const api = new URL(config().publicUrl).origin;
  return [
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob: https:",
    "media-src 'self' data: blob: https:",
    "font-src 'self' data:",
    `connect-src 'self' ${api} ${api.replace(/^http/, 'ws')}`,
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

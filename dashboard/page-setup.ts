import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { config } from '../core/config';

const BUNDLE = /<script src="[^"]*bundles\/dashboard\.bundle\.js">/;

/**
 * The dashboard shows the views that are saved on the server only in a browser where somebody
 * chose "server" in its settings before. This script, before the dashboard's own, makes that the
 * default; a choice once made stays.
 */
export function serveSetupScript(): RequestHandler {
  const script = `(function () {
  var key = 'ParseDashboard:StoragePreferences';
  try {
    var chosen = JSON.parse(localStorage.getItem(key) || '{}');
    var app = ${JSON.stringify(config().parseAppId)};
    if (!chosen[app]) {
      chosen[app] = 'server';
      localStorage.setItem(key, JSON.stringify(chosen));
    }
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
      return send(
        typeof body === 'string' ? body.replace(BUNDLE, (tag) => `<script src="${scriptUrl}"></script>${tag}`) : body,
      );
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

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RequestHandler } from 'express';
import { log } from '../core/log';
import { BUNDLE_CHANGES, type BundleChange } from './bundle-changes';

interface Bundle {
  script: Buffer;
  etag: string;
}

/**
 * Serves Parse Dashboard's own scripts with our changes: its options reach none of these places. A
 * change whose text is not there (another version of the package) is left out, and told in the log.
 */
export function serveBundle(name: string): RequestHandler {
  let made: Promise<Bundle> | undefined;
  return (req, res, next) => {
    made ??= makeBundle(name);
    made.then(({ script, etag }) => {
      res.set({ 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-cache', etag });
      if (req.fresh) res.status(304).end();
      else res.send(script);
    }, next);
  };
}

async function makeBundle(name: string): Promise<Bundle> {
  const folder = path.dirname(require.resolve('parse-dashboard'));
  const original = await readFile(path.join(folder, 'public', 'bundles', name), 'utf8');
  const script = Buffer.from(applyChanges(original, BUNDLE_CHANGES[name]!));
  return { script, etag: `"${createHash('sha256').update(script).digest('base64url')}"` };
}

function applyChanges(original: string, changes: readonly BundleChange[]): string {
  let script = original;
  for (const { why, from, to } of changes) {
    if (script.split(from).length === 2) script = script.replace(from, () => to);
    else log().warn({ change: why }, 'Parse Dashboard has another version than the changes to its pages are made for.');
  }
  return script;
}

import type { NextFunction, Request, Response } from 'express';
import { FEATURES } from '../cloud/features';
import { collectOperations } from '../core/operation/registry';
import type { ParseInstance } from '../core/parse/boot';
import { registeredCode } from '../core/parse/registered-code';
import { routeOf } from './parse-calls';

/** Parse Dashboard's page opens this name by itself; another file it would only open after a reload. */
const FILE = 'main.js';
const LATEST = '/releases/latest';
const SOURCE = `/scripts/${FILE}`;
const PERMITTED = '/serverinfo';

/**
 * The Cloud Code page of Parse Dashboard: Parse Server has dropped the routes that it asks. What they
 * answered, uploaded source, does not exist here; the page shows what is registered. Who may see it
 * is decided by Parse: the request goes on as one for /serverInfo (master key, its addresses), and
 * only a permitted one is answered with the list.
 */
export function cloudCodePage(parse: ParseInstance) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const route = routeOf(req.path);
    if (![LATEST, SOURCE, PERMITTED].includes(route)) return next();
    const json = res.json.bind(res);
    res.json = (body: unknown) => {
      if (res.statusCode !== 200) return json(body);
      if (route === PERMITTED) return json(withCodePage(body));
      if (route === LATEST) return json([release()]);
      void describe(parse).then(json, next);
      return res;
    };
    if (route !== PERMITTED) req.url = '/serverInfo';
    next();
  };
}

function withCodePage(info: unknown): unknown {
  const { features, ...rest } = info as { features: { cloudCode: object } };
  return { ...rest, features: { ...features, cloudCode: { ...features.cloudCode, viewCode: true } } };
}

function release(): object {
  const file = JSON.stringify({ [FILE]: '1' });
  return { version: '1', parseVersion: '', timestamp: Date.now(), checksums: file, userFiles: file };
}

async function describe({ config }: ParseInstance): Promise<string> {
  const schema = await config.databaseController.loadSchema();
  const { functions, triggers, jobs } = registeredCode((await schema.getAllClasses()).map((one) => one.className));
  const ours = new Set(collectOperations(FEATURES).map(({ contract }) => contract.name));
  const ourJobs = new Set(FEATURES.flatMap(({ parseJobs }) => Object.keys(parseJobs ?? {})));
  const owner = (isOurs: boolean): string => (isOurs ? '' : ' // of the application');
  return [
    '// What this server runs, as it is registered. It is read only: cloud code is a file',
    '// of the server (HOST_CLOUD_CODE), webhooks are made on their own page.',
    '',
    `// ${functions.length} functions`,
    ...functions.map((name) => `Parse.Cloud.define('${name}');${owner(ours.has(name))}`),
    '',
    `// ${triggers.length} triggers`,
    ...triggers.map(({ type, className }) => `Parse.Cloud.${type}('${className}');`),
    '',
    `// ${jobs.length} jobs`,
    ...jobs.map((name) => `Parse.Cloud.job('${name}');${owner(ourJobs.has(name))}`),
    '',
  ].join('\n');
}

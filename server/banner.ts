import { demoAccess, type DemoAccess } from '../cloud/demo/demo.service';
import { config } from '../core/config';

/** What a newcomer needs after the start: addresses, who may sign in, and lines that work when pasted. */
export function bannerLines(port: number): Promise<string[]> {
  const url = config().publicUrl.replace(/:0$/, `:${port}`);
  const demo = demoAccess();
  return Promise.resolve([
    '',
    `AppBackend is running at ${url}`,
    `  API docs   ${url}/api-docs`,
    `  Dashboard  ${url}/dashboard`,
    `  Health     ${url}/health`,
    '',
    `  Admin      ${config().admin.email}`,
    ...(demo ? [`  Demo user  ${demo.email}${passwordNote(demo)}`] : []),
    '',
    ...tryOut(url, demo),
    '',
  ]);
}

/** Shown once; later the file has it, for the server's own account only. */
function passwordNote({ generatedPassword, loginFile }: DemoAccess): string {
  return generatedPassword ? `, password ${generatedPassword}` : ` (password in ${loginFile})`;
}

/** A job that has ended, or was never made. */
const ENDED = '"status":"(completed|failed|cancelled)"|"error":\\{';

/** Node stands in for jq: it is there wherever this runs. */
function tryOut(url: string, demo: DemoAccess | undefined): string[] {
  const { admin, basePath } = config();
  const api = `${url}${basePath}`;
  const body = demo
    ? `'@${demo.loginFile}'`
    : `"{\\"email\\":\\"${admin.email}\\",\\"password\\":\\"$ADMIN_PASSWORD\\"}"`;
  const read = (expression: string): string => `node -pe 'JSON.parse(require("fs").readFileSync(0)).${expression}'`;
  const auth = '-H "Authorization: Bearer $TOKEN"';
  return [
    demo ? 'Try it:' : 'Try it, with the password of the admin in ADMIN_PASSWORD:',
    `  TOKEN=$(curl -s "${api}/auth/login" -H 'Content-Type: application/json' -d ${body} | ${read('access_token')})`,
    `  JOB=$(printf 'purchased_at,amount,currency,customer_id\\n%s,19.90,USD,me\\n' "$(date -u +%Y-%m-%d)" | curl -s "${api}/data/batch?options=%7B%22data_type%22%3A%22purchases%22%7D" ${auth} -H 'Content-Type: text/csv' --data-binary @- | ${read('job_id')}); until curl -s "${api}/data/status/$JOB" ${auth} | grep -E '${ENDED}'; do sleep 1; done`,
    `  curl -s "${api}/business/analytics?population=customers" ${auth}; echo`,
  ];
}

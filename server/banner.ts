import { config } from '../core/config';

/** What a newcomer needs after the start: addresses, and lines that work when pasted. */
export function bannerLines(port: number): Promise<string[]> {
  const url = config().publicUrl.replace(/:0$/, `:${port}`);
  return Promise.resolve([
    '',
    `AppBackend is running at ${url}`,
    `  API docs   ${url}/api-docs`,
    `  Dashboard  ${url}/dashboard`,
    `  Health     ${url}/health`,
    '',
  ]);
}

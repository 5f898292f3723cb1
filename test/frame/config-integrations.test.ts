import { readConfig } from '../../core/config';

const read = (env: Record<string, string>) => readConfig({ DATABASE_URI: 'postgres://db/shop', ...env }).integrations;

describe('settings of outside services', () => {
  it('are none by default, and Parse is then this server', () => {
    expect(read({})).toEqual({ checkMs: 15_000 });
    expect(read({ NOTIFY_API_KEY: 'k', AUTOMATOR_API_KEY: 'k', PARSE_SERVER_MASTER_KEY: 'm' })).toEqual({
      checkMs: 15_000,
    });
  });

  it('take addresses inside the network, and end without a slash', () => {
    expect(
      read({
        NOTIFY_SERVICE_URL: 'http://notify:8080/',
        NOTIFY_API_KEY: 'k1',
        AUTOMATOR_SERVICE_URL: 'https://automator.example.com/api//',
        AUTOMATOR_API_KEY: 'k2',
      }),
    ).toMatchObject({
      notify: { url: 'http://notify:8080', apiKey: 'k1' },
      automator: { url: 'https://automator.example.com/api', apiKey: 'k2' },
    });
  });

  it('name the other Parse Server by id and key of its own, or by ours where both have the same', () => {
    const url = { PARSE_SERVER_URL: 'http://10.0.0.5:1337/parse/' };
    const ours = { PARSE_APP_ID: 'shop', PARSE_MASTER_KEY: 'm'.repeat(12) };
    expect(read({ ...url, ...ours }).parse).toEqual({
      url: 'http://10.0.0.5:1337/parse',
      appId: 'shop',
      masterKey: 'm'.repeat(12),
    });
    expect(read({ ...url, ...ours, PARSE_SERVER_APP_ID: 'other', PARSE_SERVER_MASTER_KEY: 'o' }).parse).toEqual({
      url: 'http://10.0.0.5:1337/parse',
      appId: 'other',
      masterKey: 'o',
    });
  });

  it.each([
    [{ NOTIFY_SERVICE_URL: 'http://notify:8080' }, 'NOTIFY_API_KEY: required with NOTIFY_SERVICE_URL.'],
    [{ AUTOMATOR_SERVICE_URL: 'http://automator' }, 'AUTOMATOR_API_KEY: required with AUTOMATOR_SERVICE_URL.'],
    [{ PARSE_SERVER_URL: 'http://other/parse' }, 'PARSE_SERVER_MASTER_KEY: required with PARSE_SERVER_URL'],
    [{ NOTIFY_SERVICE_URL: 'ftp://notify' }, 'NOTIFY_SERVICE_URL: must be http:// or https://'],
    [{ NOTIFY_SERVICE_URL: 'http://user:pass@notify' }, 'NOTIFY_SERVICE_URL: must be http:// or https://'],
    [{ NOTIFY_SERVICE_URL: 'http://notify/?a=b' }, 'NOTIFY_SERVICE_URL: must be http:// or https://'],
    [{ NOTIFY_SERVICE_URL: 'notify:8080' }, 'NOTIFY_SERVICE_URL'],
    [{ NOTIFY_SERVICE_URL: 'http://notify', NOTIFY_API_KEY: 'a\r\nb: c' }, 'NOTIFY_API_KEY: must be printable ASCII'],
  ])('%j is refused', (env, fault) => {
    expect(() => read(env as Record<string, string>)).toThrow(fault);
  });
});

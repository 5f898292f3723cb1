import { readConfig } from '../../core/config';

const read = (env: Record<string, string>) => readConfig({ DATABASE_URI: 'postgres://db/shop', PORT: '3000', ...env });

describe('HOST', () => {
  it.each([
    ['0.0.0.0', '0.0.0.0', 'http://127.0.0.1:3000', 'http://localhost:3000'],
    ['::', '::', 'http://[::1]:3000', 'http://localhost:3000'],
    ['0', '0', 'http://127.0.0.1:3000', 'http://localhost:3000'],
    ['127.0.0.1', '127.0.0.1', 'http://127.0.0.1:3000', 'http://localhost:3000'],
    ['127.0.0.2', '127.0.0.2', 'http://127.0.0.2:3000', 'http://127.0.0.2:3000'],
    ['::1', '::1', 'http://[::1]:3000', 'http://[::1]:3000'],
    ['[::1]', '::1', 'http://[::1]:3000', 'http://[::1]:3000'],
    ['::ffff:127.0.0.3', '::ffff:127.0.0.3', 'http://[::ffff:7f00:3]:3000', 'http://[::ffff:7f00:3]:3000'],
    ['box.example.com', 'box.example.com', 'http://box.example.com:3000', 'http://box.example.com:3000'],
  ])('%s is bound as %s, reached by itself at %s and by people at %s', (HOST, host, ownOrigin, publicUrl) => {
    expect(read({ HOST })).toMatchObject({ host, ownOrigin, publicUrl });
  });

  it('leaves PUBLIC_URL as it is given', () => {
    expect(read({ HOST: '::1', PUBLIC_URL: 'https://api.example.com' }).publicUrl).toBe('https://api.example.com');
  });

  it.each(['fe80::1%eth0', 'localhost:3000', 'http://localhost', 'a b', 'user@host'])('%s is refused', (HOST) => {
    expect(() => read({ HOST })).toThrow('HOST: must be an address or a host name, without port and zone');
  });
});

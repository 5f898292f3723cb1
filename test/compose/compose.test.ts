import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { CONFIG_VARIABLES, readConfig } from '../../core/config';

const root = path.resolve(__dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** core/process.ts gives up draining after it. */
const DRAIN_LIMIT_MS = 15_000;
const SAMPLE: Record<string, string> = {
  REDIS_PASSWORD: 'a b',
  JWT_SECRET: 'x'.repeat(32),
  PARSE_MASTER_KEY: 'x'.repeat(32),
  DASHBOARD_COOKIE_SECRET: 'x'.repeat(32),
  ADMIN_EMAIL: 'admin@example.com',
  ADMIN_PASSWORD: 'Admin-pass-1234',
  PUBLIC_URL: 'https://example.com',
};

interface Service {
  environment?: Record<string, string>;
  restart?: string;
  networks?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  command?: string[];
  env_file?: unknown;
  healthcheck?: { test?: string[]; disable?: boolean };
  stop_grace_period?: string;
}
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const ours = ['app', 'worker'].map((name) => compose.services[name]!);
const known = Object.keys(CONFIG_VARIABLES);

test('our services are given known variables only', () => {
  for (const service of ours) {
    expect(Object.keys(service.environment ?? {}).filter((name) => !known.includes(name))).toEqual([]);
  }
});

test('every variable that the file takes from outside is a known one', () => {
  const used = [...read('docker-compose.yml').matchAll(/\$\{([A-Z0-9_]+)/g)].map((match) => match[1]!);
  expect([...new Set(used)].filter((name) => !known.includes(name))).toEqual([]);
});

test('what production requires is given, and secrets have no default', () => {
  for (const [name, variable] of Object.entries(CONFIG_VARIABLES) as [string, { requiredInProduction?: boolean }][]) {
    if (!variable.requiredInProduction) continue;
    for (const service of ours) expect(service.environment?.[name]).toMatch(new RegExp(`^\\$\\{${name}:\\?`));
  }
});

test('every setting of .env reaches both, except those that describe the container', () => {
  for (const service of ours) {
    expect(service.env_file).toEqual([{ path: '.env', required: false }]);
    // Set for `npm start` on the same machine they would be wrong in here.
    const fixed = [
      'NODE_ENV',
      'HOST',
      'DATA_DIR',
      'MONGODB_URL',
      'MONGODB_USER',
      'REDIS_URL',
      'REDIS_HOST',
      'REDIS_PORT',
    ];
    for (const name of fixed) expect(service.environment?.[name]).not.toContain('$');
  }
  expect(compose.services['app']?.environment?.['PORT']).toBe('3000');
});

test('the environment is one that the configuration accepts, on MongoDB and Redis', () => {
  for (const service of ours) {
    const entries = Object.entries(service.environment ?? {});
    const env = entries.map(([name, value]) => [name, value.startsWith('${') ? SAMPLE[name] : value]);
    expect(readConfig(Object.fromEntries(env) as NodeJS.ProcessEnv)).toMatchObject({
      environment: 'production',
      database: { kind: 'mongo', uri: expect.stringContaining('mongodb:27017') },
      redis: { queueUrl: 'redis://:a%20b@redis:6379/1' },
      demoData: false,
      opsRoutesPublic: false,
    });
  }
});

test('the README names what has to be filled in', () => {
  const required = [...read('docker-compose.yml').matchAll(/\$\{([A-Z0-9_]+):\?/g)].map((match) => match[1]!);
  const section = read('README.md').split('## With MongoDB and Redis')[1]!.split('\n## ')[0]!;
  expect([...new Set(required)].filter((name) => !section.includes(name))).toEqual([]);
});

test('a stop leaves time to drain, and what waits for the app waits until it serves', () => {
  for (const service of ours) expect(parseInt(service.stop_grace_period!) * 1000).toBeGreaterThan(DRAIN_LIMIT_MS);
  expect(compose.services['app']?.healthcheck?.test?.join(' ')).toContain('/health/ready');
});

test('every service restarts, is on the bridge network and keeps its data in named volumes', () => {
  for (const service of Object.values(compose.services)) {
    expect(service).toMatchObject({ restart: 'always', networks: ['backend'] });
    for (const volume of service.volumes ?? []) expect(compose.volumes).toHaveProperty(volume.split(':')[0]!);
  }
});

test('app and worker share the uploads and wait for healthy databases', () => {
  for (const service of ours) {
    expect(service.volumes).toEqual(['app_data:/data']);
    expect(service.environment?.['DATA_DIR']).toBe('/data');
    expect(service.depends_on).toEqual({
      mongodb: { condition: 'service_healthy' },
      redis: { condition: 'service_healthy' },
    });
  }
});

test('Redis keeps what it has accepted', () => {
  expect(compose.services['redis']?.command).toEqual(
    expect.arrayContaining(['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']),
  );
});

test('the image is small, runs without root and says whether it lives', () => {
  const dockerfile = read('Dockerfile');
  const variables = [...dockerfile.matchAll(/^ENV (.*)$/gm)].flatMap((match) => match[1]!.split(' '));
  expect(variables.map((pair) => pair.split('=')[0]!).filter((name) => !known.includes(name))).toEqual([]);
  expect(dockerfile.match(/^FROM node:22-slim/gm)).toHaveLength(2);
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).toMatch(/^HEALTHCHECK [^]*\/health\/live/m);
});

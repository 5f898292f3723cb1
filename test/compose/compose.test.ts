import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { CONFIG_VARIABLES } from '../../core/config';

const root = path.resolve(__dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

interface Service {
  environment?: Record<string, string>;
  restart?: string;
  networks?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  command?: string[];
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

import fs from 'node:fs';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const OURS = ['values', 'core', 'cloud', 'server', 'jobs', 'dashboard', 'launcher', 'test', 'scripts'];
const folders = (/** @type {string} */ parent) =>
  fs
    .readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

/**
 * Who may import whom: the table of ARCHITECTURE.md.
 * @type {Record<string, string[]>}
 */
const mayImport = {
  values: [],
  core: ['values'],
  cloud: ['values', 'core'],
  server: ['values', 'core', 'cloud'],
  jobs: ['values', 'core', 'cloud'],
  dashboard: ['values', 'core', 'cloud'],
  launcher: ['scripts'], // scripts/lib, which it shares with what runs before anything is installed
};
const layerZones = Object.entries(mayImport).map(([layer, allowed]) => ({
  // server/main.ts puts the web process together, so the two doors meet there and nowhere else.
  target: layer === 'server' ? ['./server/!(main).ts', './server/*/**'] : `./${layer}`,
  from: OURS.filter((other) => other !== layer && !allowed.includes(other)).map((other) => `./${other}`),
  message: `${layer}/ imports ${allowed.join(', ') || 'none of the other layers'} only.`,
}));
const webRootZones = [
  { target: './server/main.ts', from: ['./jobs', './test', './scripts'] },
  { target: './server/main.ts', from: './dashboard', except: ['./mount.ts'] },
].map((zone) => ({ ...zone, message: 'server/main.ts imports core, cloud, server and dashboard/mount only.' }));

const features = fs.existsSync('cloud') ? folders('cloud') : [];
const services = (/** @type {string} */ feature) =>
  fs
    .readdirSync(`cloud/${feature}`)
    .filter((name) => name.endsWith('.service.ts'))
    .map((name) => `./${feature}/${name}`);
/**
 * Files beside the services that other features build on: pure, so that contracts may, too.
 * @type {Record<string, string[]>}
 */
const DEFINITIONS = {
  facts: [
    'amounts',
    'define',
    'facts',
    'facts.events',
    'json-value',
    'names',
    'purchase.fact',
    'subscription.worth',
    'texts',
  ],
  'data-jobs': ['interruption', 'job-row', 'kind'],
};
const definitions = Object.entries(DEFINITIONS).flatMap(([feature, names]) =>
  names.map((name) => `./${feature}/${name}.ts`),
);
/** The doors know operations and listeners, no feature; but for what is one feature's own door on HTTP. */
const ownDoors = { 'account-pages': 'accounts', 'parse-files': 'files', 'file-read': 'files', banner: 'demo' };
const serverZones = [
  { target: `./server/!(main|${Object.keys(ownDoors).join('|')}).ts`, except: ['./features.ts'] },
  { target: './server/*/**', except: ['./features.ts'] },
  ...Object.entries(ownDoors).map(([door, feature]) => ({
    target: `./server/${door}.ts`,
    except: services(feature),
  })),
].map((zone) => ({ ...zone, from: './cloud', message: 'server/ imports no feature: see core/listeners.' }));
const featureZones = features.map((feature) => ({
  target: `./cloud/${feature}`,
  from: './cloud',
  except: [`./${feature}`, ...features.flatMap(services), ...definitions],
  message: 'A feature uses another one only through its services, cloud/<other>/*.service, and DEFINITIONS.',
}));

/** An import's steps, each above the ones before it: none imports what stands above. */
const IMPORT_STEPS = ['read', 'convert', 'load'];
const importZones = IMPORT_STEPS.map((step, index) => ({
  target: `./cloud/imports/${step}`,
  from: './cloud/imports',
  except: IMPORT_STEPS.slice(0, index + 1).map((lower) => `./${lower}`),
  message: 'read, convert, load, run: a step of an import uses those before it only.',
}));

/** @type {import('typescript-eslint').ConfigArray[number] & { extends: import('typescript-eslint').ConfigArray[] }} */
const typescript = {
  files: ['**/*.ts', '**/*.mts'],
  extends: [tseslint.configs.recommendedTypeChecked],
  languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  plugins: { 'import-x': importX },
  settings: {
    'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.mts'] },
    'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.mts', '.js', '.mjs', '.json'] })],
  },
  rules: {
    'max-lines': ['error', { max: 400 }],
    'import-x/no-default-export': 'error',
    'import-x/no-restricted-paths': [
      'error',
      { zones: [...layerZones, ...webRootZones, ...serverZones, ...featureZones, ...importZones] },
    ],
    'no-restricted-syntax': [
      'error',
      {
        selector: "MemberExpression[object.name='process'][property.name='env']",
        message: 'Read core/config instead.',
      },
    ],
    '@typescript-eslint/no-floating-promises': 'error',
    '@typescript-eslint/no-explicit-any': 'error',
    '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
    // An async method without await keeps an interface's promise, and turns a throw into a rejection.
    '@typescript-eslint/require-await': 'off',
  },
};

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', '.data/', 'clients/', 'tools/', 'coverage/', 'docs/'] },
  typescript,
  { files: ['**/*.d.ts'], rules: { 'import-x/no-default-export': 'off' } }, // they describe others' modules
  // The launcher hands its environment on.
  {
    files: ['core/config*.ts', 'launcher/*.mts', 'scripts/**/*.ts', 'test/**/*.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // Answers of the doors are JSON from outside; what they hold is what the tests are there to find out.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['**/*.mjs', '**/*.cjs'], rules: { 'max-lines': ['error', { max: 400 }] } },
);

// Run in a process of its own by registry.ts: the features load Parse Server, which Jest's sandbox
// would do again for every test file.
const { z } = require('zod');
const { FEATURES } = require('../../dist/cloud/features.js');
const { collectOperations } = require('../../dist/core/operation/registry.js');

const operations = collectOperations(FEATURES).map(({ contract }) => {
  const { input, output: _output, ...facts } = contract;
  return { ...facts, input: z.toJSONSchema(input, { io: 'input' }) };
});
const classes = FEATURES.flatMap((feature) => feature.classes ?? []);
process.stdout.write(JSON.stringify({ operations, classes }), () => process.exit(0));

// Stand-in for parse-server 2, which parse-server-test-runner expects: version 9 is not
// middleware and has to be started, so this wraps it into the old shape.
const path = require('node:path');
const projectRoot = path.resolve(__dirname, '../../..');
const real = require(require.resolve('parse-server', { paths: [projectRoot] }));

exports.ParseServer = function ParseServer(options) {
  // The runner passes its own keys through; Parse Server 9 reports unknown ones as errors.
  const { port, mountPath, databaseName, ...rest } = options;
  const server = new real.ParseServer(rest);
  const ready = server.start();
  ready.catch(() => {});
  const handler = (req, res, next) => ready.then(() => server.app(req, res, next), next);
  return Object.assign(handler, { server, ready });
};

// Asks one server everything of ../sdk with the JavaScript SDK of npm, one question after the other:
// the SDK keeps its user and its server once a process.
const Parse = require('parse/node');
const { allSdkQuestions } = require('../sdk/all.cjs');

const side = JSON.parse(process.env.PARITY_SIDE);

async function main() {
  Parse.initialize('appbackend', undefined, side.masterKey);
  Parse.serverURL = `${side.url}/parse`;
  Parse.liveQueryServerURL = side.url.replace(/^http/, 'ws') + (side.livePath ?? '');
  Parse.User.enableUnsafeCurrentUser();
  for (const { name, ask } of allSdkQuestions) {
    const body = await outcomeOf(() => ask(Parse, side));
    await Parse.User.logOut().catch(() => {});
    process.send({ name, body });
  }
  process.send({ type: 'done' });
}

async function outcomeOf(ask) {
  try {
    return { value: plain(await ask()) };
  } catch (error) {
    return { failed: true, code: error.code, error: error.message };
  }
}

/** Rows with all that the SDK knows of them. */
function plain(value) {
  if (value instanceof Parse.Error) return { code: value.code, error: value.message };
  if (value instanceof Parse.Object)
    return { className: value.className, isNew: value.isNew(), ...plain(value.toJSON()) };
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if (typeof value.toJSON === 'function') return plain(value.toJSON());
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

process.on('disconnect', () => process.exit(0));
main().catch((error) => {
  console.error(error);
  process.exit(1);
});

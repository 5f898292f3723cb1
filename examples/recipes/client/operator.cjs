// What whoever runs the app does once, with the master key, from the server's own machine; and what an
// administrator does with his account.
const url = process.env.SERVER_URL;

async function call(method, route, { body, headers = {} } = {}) {
  const response = await fetch(`${url}${route}`, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

const appId = () => ({ 'X-Parse-Application-Id': process.env.PARSE_APP_ID ?? 'appbackend' });
const masterKey = () => ({ ...appId(), 'X-Parse-Master-Key': process.env.PARSE_MASTER_KEY });

let login;
async function admin() {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = process.env;
  login ??= await call('POST', '/api/auth/login', { body: { email, password } });
  return login;
}
const asAdmin = async () => ({ Authorization: `Bearer ${(await admin()).access_token}` });

/** The role that the cloud code knows; its ACL lets everybody read it and nobody but the master key write. */
exports.makeEditors = async (userId) => {
  const users = { __op: 'AddRelation', objects: [{ __type: 'Pointer', className: '_User', objectId: userId }] };
  return call('POST', '/parse/roles', {
    headers: masterKey(),
    body: { name: 'editors', ACL: { '*': { read: true } }, users },
  });
};

/** An access token of /api works on /parse as well. */
const save = async (className, fields) =>
  call('POST', `/parse/classes/${className}`, { headers: { ...appId(), ...(await asAdmin()) }, body: fields });

exports.makeEdition = (fields) => save('Edition', fields);
/** Whose it is: a platform administrator may write for every tenant, so he names one. */
exports.writeKitchenNote = async (text) => save('KitchenNote', { text, tenant: (await profile()).tenant });

async function profile() {
  return call('GET', '/parse/users/me', {
    headers: { ...appId(), 'X-Parse-Session-Token': (await admin()).session_token },
  });
}

/** In development mails are caught: the newest link that went to the address. */
exports.resetTokenOf = async (email) => {
  const { mails } = await call('GET', `/api/dev/mails?to=${encodeURIComponent(email)}`, { headers: await asAdmin() });
  return mails.flatMap(({ text }) => /[?&]token=([\w.~-]+)/.exec(text)?.[1] ?? [])[0];
};

/** What was earned today: the purchase is in the figures at once. */
exports.revenue = async () => {
  const today = new Date().toISOString().slice(0, 10);
  const range = `start_date=${today}&end_date=${today}`;
  return call('GET', `/api/business/analytics/revenue?${range}`, {
    headers: { ...(await asAdmin()), 'Cache-Control': 'no-cache' },
  });
};

// A receiver of webhooks: answers 204 and counts. GET /: how many, and when the first and the last came; then from 0 again.
// GET /purchases: when the webhook of each purchase came, since it was asked last.
import http from 'node:http';

let seen = { count: 0, firstAt: 0, lastAt: 0 };
/** @type {Record<string, number>} */
let purchases = {};
const server = http.createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(JSON.stringify(request.url === '/purchases' ? purchases : seen));
    if (request.url === '/purchases') purchases = {};
    else seen = { count: 0, firstAt: 0, lastAt: 0 };
    return;
  }
  const now = Date.now();
  let body = '';
  request.setEncoding('utf8').on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    seen.lastAt = Date.now();
    seen.firstAt ||= seen.lastAt;
    seen.count += 1;
    const purchase = /"purchase_id":"(\w+)"/.exec(body)?.[1];
    if (purchase) purchases[purchase] ??= now;
    response.writeHead(204).end();
  });
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => process.send?.({ type: 'ready' }));
process.on('message', () => server.close(() => process.exit(0)));
process.on('disconnect', () => process.exit(0));

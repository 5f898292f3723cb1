// A receiver of webhooks: answers 204 and counts. GET /: how many, and when the first and the last came; then from 0 again.
import http from 'node:http';

let seen = { count: 0, firstAt: 0, lastAt: 0 };
const server = http.createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(JSON.stringify(seen));
    seen = { count: 0, firstAt: 0, lastAt: 0 };
    return;
  }
  request.resume();
  request.on('end', () => {
    seen.lastAt = Date.now();
    seen.firstAt ||= seen.lastAt;
    seen.count += 1;
    response.writeHead(204).end();
  });
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => process.send?.({ type: 'ready' }));
process.on('message', () => server.close(() => process.exit(0)));
process.on('disconnect', () => process.exit(0));

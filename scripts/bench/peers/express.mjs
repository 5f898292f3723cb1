// The peer of the analytics route: the framework alone, answering a body of the same size.
import express from 'express';

const body = JSON.parse(process.env.BODY ?? '{}');
const app = express();
app.get('/', (_req, res) => {
  res.json(body);
});
const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => process.send?.({ type: 'ready' }));
process.on('message', () => server.close(() => process.exit(0)));
process.on('disconnect', () => process.exit(0));

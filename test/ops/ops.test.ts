import { adminToken, api, parseFn, testServer, waitFor } from '../harness/app';

describe('GET /health', () => {
  it('says what it depends on, and ignores credentials', async () => {
    for (const headers of [{}, { authorization: 'Bearer nonsense' }] as Record<string, string>[]) {
      const { status, body } = await api('GET', '/health', { headers });
      expect({ status, body }).toMatchObject({
        status: 200,
        body: { status: 'healthy', dependencies: { database: 'connected', cache: 'memory (this process)' } },
      });
      expect(body.uptime).toBeGreaterThan(0);
      expect(Date.parse(body.timestamp)).toBeGreaterThan(Date.now() - 5000);
      const sinceMs = Date.parse(body.timestamp) - Date.parse(body.since);
      expect(Math.abs(sinceMs - body.uptime * 1000)).toBeLessThan(1000);
    }
  });

  it('is a cloud function too', async () => {
    const { body } = await parseFn('getHealth');
    expect(body.result).toMatchObject({ status: 'healthy' });
  });

  it('has a live and a ready answer', async () => {
    expect(await api('GET', '/health/live')).toMatchObject({ status: 200, body: { status: 'alive' } });
    expect(await api('GET', '/health/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });
});

describe('metrics', () => {
  it('give the figures of the last minutes', async () => {
    await api('GET', '/health');
    const { status, body } = await api('GET', '/api/metrics');
    expect(status).toBe(200);
    expect(body.response_time.p99).toBeGreaterThanOrEqual(body.response_time.p95);
    expect(body.throughput.requests_per_second).toBeGreaterThan(0);
    expect(body.throughput.peak_load).toBeGreaterThan(0);
    expect(body.error_rate.by_endpoint).toHaveProperty('/health', 0);
    // Tests before this one may have held a process up for a minute; all three tell of the same minutes.
    const { current } = body.uptime;
    expect(body.uptime).toEqual({ current, monthly: current, yearly: current, since: expect.any(String) });
    expect(current).toBeGreaterThan(0);
    expect(current).toBeLessThanOrEqual(100);
    // The first minute with a heartbeat.
    expect(Date.parse(body.uptime.since) % 60_000).toBe(0);
    expect(Date.parse(body.uptime.since)).toBeLessThanOrEqual(Date.now());
  });

  it('count signed-in people as concurrent users', async () => {
    const token = await adminToken();
    await api('GET', '/api/queue/status', { token });
    const { body } = await api('GET', '/api/metrics');
    expect(body.throughput.concurrent_users).toBeGreaterThanOrEqual(1);
  });

  it('are Prometheus text at /metrics, with route patterns and the names of the contract', async () => {
    await api('GET', '/health');
    const text = await waitFor(
      async () => {
        const { body } = await api<string>('GET', '/metrics');
        return body.includes('job_duration_seconds_bucket') && body;
      },
      { timeoutMs: 30_000 },
    );
    for (const name of [
      'http_requests_total{method="GET",route="/health",status_code="200"}',
      'http_request_duration_ms_bucket',
      'db_query_duration_seconds_bucket',
      'queue_size{queue="cleanup",state="waiting"}',
      'active_connections',
      'error_rate',
      'process_cpu_user_seconds_total',
    ]) {
      expect(text).toContain(name);
    }
    expect(text).toMatch(/^jobs_processed_total\{job="cleanup.trimQueues",queue="cleanup",worker="[^"]+"\} [1-9]/m);
    // A metric described twice would make the whole page unreadable for a scraper.
    const types = [...String(text).matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
    expect(types).toEqual([...new Set(types)]);
    // One measurement is one histogram, whose buckets grow up to its count.
    expect(types.filter((name) => name?.startsWith('http_request_duration'))).toEqual(['http_request_duration_ms']);
    const ofHealth = 'method="GET",route="/health",status_code="200"';
    const buckets = [...String(text).matchAll(/^http_request_duration_ms_bucket(\{.*?),?le="([^"]+)".*\} (\d+)$/gm)];
    const counts = buckets.filter(([line]) => line.includes(ofHealth)).map(([, , , count]) => Number(count));
    expect(counts).toHaveLength(10);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(text).toContain(`http_request_duration_ms_count{${ofHealth}} ${counts.at(-1)}`);
    expect((await api('GET', '/metrics')).headers.get('content-type')).toContain('text/plain');
  });

  it('are Prometheus text at /api/metrics too, for who accepts text only', async () => {
    const { body, headers } = await api<string>('GET', '/api/metrics', { headers: { accept: 'text/plain' } });
    expect(headers.get('content-type')).toContain('text/plain');
    expect(body).toContain('# TYPE http_requests_total counter');
  });
});

describe('GET /api/queue/status', () => {
  it('gives the real numbers of every queue', async () => {
    const { status, body } = await api('GET', '/api/queue/status');
    expect(status).toBe(200);
    expect(Object.keys(body.queues).sort()).toEqual([
      'analytics',
      'cleanup',
      'data-processing',
      'email',
      'events',
      'webhooks',
    ]);
    expect(body.queues.cleanup).toEqual({
      waiting: expect.any(Number),
      active: expect.any(Number),
      completed: expect.any(Number),
      failed: expect.any(Number),
      delayed: expect.any(Number),
      paused: 0,
    });
    expect(body.concurrency.max).toBe(100);
    expect(testServer().workerPid).toBeGreaterThan(0);
  });
});

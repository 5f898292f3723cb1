import { adminToken, api, parseFn, testServer, waitFor } from '../harness/app';

describe('GET /health', () => {
  it('says what it depends on, and ignores credentials', async () => {
    for (const headers of [{}, { authorization: 'Bearer nonsense' }] as Record<string, string>[]) {
      const { status, body } = await api('GET', '/health', { headers });
      expect({ status, body }).toMatchObject({
        status: 200,
        body: { status: 'healthy', dependencies: { database: 'connected', cache: 'connected' } },
      });
      expect(body.uptime).toBeGreaterThan(0);
      expect(Date.parse(body.timestamp)).toBeGreaterThan(Date.now() - 5000);
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
    expect(body.uptime).toEqual({ current: 100, monthly: 100, yearly: 100 });
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
      'http_request_duration_seconds_count',
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
    expect(Object.keys(body.queues).sort()).toEqual(['analytics', 'cleanup', 'data-processing', 'email']);
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

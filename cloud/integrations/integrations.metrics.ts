import { Gauge } from 'prom-client';
import { registry } from '../../core/metrics';
import { SERVICES, type ServiceName } from './integrations.contract';
import { stateOf, type ServiceState } from './status.service';

const CIRCUITS = ['closed', 'open', 'half_open'] as const;

/** What the status says, told at each scrape; what is not configured has no series. Once a process. */
export function collectIntegrationMetrics(): void {
  if (registry.getSingleMetric('integration_up')) return;
  new Gauge({
    name: 'integration_up',
    help: '1 while a configured service works, if only in part.',
    labelNames: ['service'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const { service, status } of configured()) this.set({ service }, status === 'disconnected' ? 0 : 1);
    },
  });
  new Gauge({
    name: 'integration_latency_seconds',
    help: 'Time of the last check of a service, seconds.',
    labelNames: ['service'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const { service, latency } of configured()) if (latency !== null) this.set({ service }, latency / 1000);
    },
  });
  new Gauge({
    name: 'integration_circuit',
    help: 'State of the circuit of a service: 1 for the one that it is in.',
    labelNames: ['service', 'state'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const { service, circuit } of configured())
        for (const state of CIRCUITS) this.set({ service, state }, state === circuit ? 1 : 0);
    },
  });
}

function configured(): (ServiceState & { service: ServiceName })[] {
  const all = SERVICES.map((service) => ({ service, ...stateOf(service, new Date()) }));
  return all.filter(({ status }) => status !== 'not_configured');
}

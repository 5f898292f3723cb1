import type { EndpointRow } from './endpoint.store';
import { SendLane } from './send.lane';

const MAX_LANES = 1_000;
/** Requests at once in this process: of all, and of one tenant, so that fifty endpoints that hang leave room. */
const MAX_IN_FLIGHT = 1_000;
const MAX_OF_TENANT = 200;
const CROWDED_MS = 1_000;

/** The ways to all receivers that this process sends to. */
export class SendLanes {
  private readonly lanes = new Map<string, SendLane>();
  private readonly byTenant = new Map<string, number>();
  private all = 0;

  /** The endpoint's, with the limits that it has now. */
  of(endpoint: Pick<EndpointRow, 'objectId' | 'tenant' | 'max_per_second' | 'max_in_flight'>): SendLane {
    const { objectId: id, tenant } = endpoint;
    let lane = this.lanes.get(id);
    if (!lane) {
      if (this.lanes.size >= MAX_LANES) this.dropIdle();
      this.lanes.set(id, (lane = new SendLane((step) => this.count(tenant, step))));
    }
    lane.limits = { perSecond: endpoint.max_per_second, inFlight: endpoint.max_in_flight };
    return lane;
  }

  /** For a row that would only wait: in how many milliseconds to come again; else 0. Costs no look at the database. */
  waitMs({ endpoint, tenant }: { endpoint: string; tenant: string }): number {
    const known = this.lanes.get(endpoint);
    if (known?.isStuck) return known.nextTurnMs();
    const isCrowded = this.all >= MAX_IN_FLIGHT || (this.byTenant.get(tenant) ?? 0) >= MAX_OF_TENANT;
    return isCrowded ? CROWDED_MS * (1 + Math.random()) : 0;
  }

  private count(tenant: string, step: 1 | -1): void {
    this.all += step;
    const own = (this.byTenant.get(tenant) ?? 0) + step;
    if (own) this.byTenant.set(tenant, own);
    else this.byTenant.delete(tenant);
  }

  private dropIdle(): void {
    for (const [id, lane] of this.lanes) if (lane.isIdle) this.lanes.delete(id);
  }
}

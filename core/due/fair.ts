import type { Lane, Share } from './due.types';

/**
 * Who gets the next places. Classes by weight: each place goes to the class that is furthest behind its share, and
 * what a class is owed is kept from one batch to the next, so that a twentieth is a twentieth also of batches of
 * ten. Tenants of a class in turn: each batch goes on behind the tenant where the last one ended.
 */
export class FairTurns {
  private readonly credits: number[];
  private readonly cursors: string[];

  constructor(private readonly weights: readonly number[]) {
    this.credits = weights.map(() => 0);
    // Processes that start at the same moment begin at different tenants.
    this.cursors = weights.map(() => String.fromCharCode(48 + Math.floor(Math.random() * 75)));
  }

  /** By rank: the tenant that was served last. */
  get after(): readonly string[] {
    return this.cursors;
  }

  /** Divides `limit` places between the lanes that have rows. */
  share(lanes: readonly Lane[], limit: number): Share[] {
    const tenants = this.weights.map((_weight, rank) => lanes.filter((lane) => lane.rank === rank));
    const ranks = this.weights.flatMap((_weight, rank) => (tenants[rank]!.length ? [rank] : []));
    const places = this.placesOf(ranks, limit);
    return ranks.flatMap((rank) => this.inTurn(rank, tenants[rank]!, places[rank]!));
  }

  private placesOf(ranks: readonly number[], limit: number): number[] {
    const places = this.weights.map(() => 0);
    const sum = ranks.reduce((total, rank) => total + this.weights[rank]!, 0);
    // A class without rows saves up nothing.
    for (const rank of this.credits.keys()) if (!ranks.includes(rank)) this.credits[rank] = 0;
    for (let place = 0; place < limit && ranks.length; place += 1) {
      for (const rank of ranks) this.credits[rank]! += this.weights[rank]!;
      const next = ranks.reduce((best, rank) => (this.credits[rank]! > this.credits[best]! ? rank : best));
      this.credits[next]! -= sum;
      places[next]! += 1;
    }
    return places;
  }

  private inTurn(rank: number, lanes: readonly Lane[], places: number): Share[] {
    const served = lanes.slice(0, places);
    if (!served.length) return [];
    const [each, over] = [Math.floor(places / served.length), places % served.length];
    const last = over ? served[over - 1] : served.at(-1);
    this.cursors[rank] = last!.tenant;
    return served.map((lane, index) => ({ ...lane, want: each + (index < over ? 1 : 0) }));
  }
}

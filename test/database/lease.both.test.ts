import { randomUUID } from 'node:crypto';
import { Lease, LeaseLost, takeSeat, withLease, withLeaseIfFree } from '../../core/lease/lease';
import { namedSeat, type Seat } from '../../core/lease/seat';
import { waitFor } from '../harness/app';
import { openLane } from './support';

let close: () => Promise<void>;
beforeAll(async () => {
  close = await openLane();
});
afterAll(() => close());

const LONG = { holdMs: 60_000 };
const many = <T>(make: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 20 }, make));

/** A clock of one holder; the others go by their own. */
class OwnClock {
  ms = Date.now();
  now = (): Date => new Date(this.ms);
}

describe('a lease', () => {
  let seat: Seat;
  beforeEach(() => {
    seat = namedSeat(`test.${randomUUID()}`);
  });

  it('is held by one of twenty who claim it at once, and by another when it is released', async () => {
    const claims = (await many(() => Lease.claim(seat, LONG))).filter((lease) => lease !== undefined);
    expect(claims).toHaveLength(1);
    expect(await Lease.claim(seat, LONG)).toBeUndefined();
    await claims[0]!.release();
    const next = (await many(() => Lease.claim(seat, LONG))).filter((lease) => lease !== undefined);
    expect(next).toHaveLength(1);
    await next[0]!.release();
  });

  it('whose holder stood still is taken over by one of twenty; he may renew and write no more', async () => {
    const clock = new OwnClock();
    const slow = (await Lease.claim(seat, { ...LONG, clock }))!;
    clock.ms += LONG.holdMs;
    expect(slow.isLost).toBe(true);
    const claims = await many(() => Lease.claim(seat, { ...LONG, clock }));
    const winners = claims.filter((lease) => lease !== undefined);
    expect(winners).toHaveLength(1);
    await expect(slow.confirm()).rejects.toBeInstanceOf(LeaseLost);
    expect(slow.signal.aborted).toBe(true);
    await expect(slow.confirm()).rejects.toBeInstanceOf(LeaseLost);
    // What the loser does now changes nothing for the holder.
    await slow.release();
    await winners[0]!.confirm();
    expect(winners[0]!.isLost).toBe(false);
    await winners[0]!.release();
  });

  it('that ended and that nobody took is its holder’s again as soon as he asks', async () => {
    const clock = new OwnClock();
    const lease = (await Lease.claim(seat, { ...LONG, clock }))!;
    clock.ms += 2 * LONG.holdMs;
    expect(lease.isLost).toBe(true);
    await lease.confirm();
    expect(lease.isLost).toBe(false);
    await lease.release();
    await expect(lease.confirm()).rejects.toBeInstanceOf(LeaseLost);
    expect(lease.signal.aborted).toBe(false);
  });

  it('taken early by a process whose clock is ahead is lost for its first holder at his next write', async () => {
    const first = (await Lease.claim(seat, LONG))!;
    const ahead = new OwnClock();
    ahead.ms += LONG.holdMs + 1000;
    const second = (await Lease.claim(seat, { ...LONG, clock: ahead }))!;
    await expect(first.confirm()).rejects.toBeInstanceOf(LeaseLost);
    await second.confirm();
    await second.release();
  });

  it('is renewed while its holder works longer than it holds', async () => {
    const lease = (await Lease.claim(seat, { holdMs: 2_000, renewMs: 50 }))!;
    const until = Date.now() + 2_200;
    await waitFor(async () => {
      expect(await Lease.claim(seat, { holdMs: 2_000 })).toBeUndefined();
      return Date.now() > until;
    });
    expect(lease.isLost).toBe(false);
    await lease.release();
  });

  it('tells its holder by the signal when a heartbeat finds that it was lost', async () => {
    const lease = (await Lease.claim(seat, { holdMs: 60_000, renewMs: 20 }))!;
    await seat.release(lease.token);
    await waitFor(() => lease.signal.aborted);
    expect(lease.signal.reason).toBeInstanceOf(LeaseLost);
    // A heartbeat does not bring it back.
    expect(await Lease.claim(seat, LONG)).toBeDefined();
  });

  it('tells its holder by the signal when it could not be renewed in time', async () => {
    const clock = new OwnClock();
    const away: Seat = { ...seat, renew: () => Promise.reject(new Error('The database is away.')) };
    const lease = (await Lease.claim(away, { ...LONG, renewMs: 10, clock }))!;
    await expect(lease.confirm()).rejects.toThrow('The database is away.');
    expect(lease.signal.aborted).toBe(false);
    clock.ms += LONG.holdMs;
    await waitFor(() => lease.signal.aborted);
    await lease.release();
  });

  it('has names of any kind', async () => {
    for (const name of ["'; --", '$where', 'a.b', '{"$gt":""}']) {
      const odd = namedSeat(`${name}.${randomUUID()}`);
      const lease = (await Lease.claim(odd, LONG))!;
      expect(await Lease.claim(odd, LONG)).toBeUndefined();
      await lease.release();
    }
    await expect(Lease.claim(namedSeat('a\0b'), LONG)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  });
});

describe('work under a lease', () => {
  const WAITING = { holdMs: 60_000, waitMs: 60_000 };

  it('is done one after the other by all who wait', async () => {
    const name = `test.${randomUUID()}`;
    let inside = 0;
    const done = await many(() =>
      withLease(name, WAITING, async (lease) => {
        inside += 1;
        expect(inside).toBe(1);
        await lease.confirm();
        inside -= 1;
        return 1;
      }),
    );
    expect(done).toHaveLength(20);
  });

  it('gives way, or is refused, when another does not end; and frees the lease when it fails', async () => {
    const name = `test.${randomUUID()}`;
    await withLease(name, WAITING, async () => {
      await expect(withLease(name, { ...WAITING, waitMs: 30 }, async () => 1)).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      expect(await withLeaseIfFree(name, { ...WAITING, waitMs: 0 }, async () => 1)).toBeUndefined();
    });
    await expect(withLease(name, WAITING, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLeaseIfFree(name, { ...WAITING, waitMs: 0 }, async () => 1)).toBe(1);
  });

  it('may begin in one place and end in another, under a token that both know', async () => {
    const seat = namedSeat(`test.${randomUUID()}`);
    const take = (token: string): Promise<void> => takeSeat(seat, { token, holdMs: 60_000, waitMs: 0 });
    await take('one');
    await take('one');
    await expect(take('two')).rejects.toMatchObject({ code: 'CONFLICT' });
    await seat.release('two');
    await expect(take('two')).rejects.toMatchObject({ code: 'CONFLICT' });
    await seat.release('one');
    await take('two');
    await seat.release('two');
  });
});

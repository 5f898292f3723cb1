import { gathered } from '../../core/gathered';

/** A store that writes what it is given when the test says so, and refuses "bad". */
function store() {
  const writes: (readonly string[])[] = [];
  const open: (() => void)[] = [];
  const write = gathered(async (items: readonly string[]) => {
    writes.push(items);
    await new Promise<void>((resolve) => open.push(resolve));
    if (items.includes('bad')) throw new Error('refused');
    return items.map((item) => item.toUpperCase());
  });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    open.splice(0).forEach((resolve) => resolve());
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  return { write, writes, settle };
}

describe('what many ask to be written', () => {
  it('goes in one statement while another runs, and each is answered with its own', async () => {
    const { write, writes, settle } = store();
    const first = write(['a']);
    await Promise.resolve();
    await Promise.resolve();
    const others = [write(['b', 'c']), write(['d'])];
    await settle();
    await settle();
    expect(await Promise.all([first, ...others])).toEqual([['A'], ['B', 'C'], ['D']]);
    expect(writes).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('of the same turn goes together', async () => {
    const { write, writes, settle } = store();
    const asked = ['a', 'b', 'c'].map((item) => write([item]));
    await settle();
    expect(await Promise.all(asked)).toEqual([['A'], ['B'], ['C']]);
    expect(writes).toEqual([['a', 'b', 'c']]);
  });

  it('fails for whom it fails alone, and goes on', async () => {
    const { write, writes, settle } = store();
    const asked = ['a', 'bad', 'c'].map((item) => write([item]));
    const outcomes = Promise.allSettled(asked);
    await settle();
    await settle();
    expect(await outcomes).toEqual([
      { status: 'fulfilled', value: ['A'] },
      { status: 'rejected', reason: new Error('refused') },
      { status: 'fulfilled', value: ['C'] },
    ]);
    const later = write(['d']);
    await settle();
    expect(await later).toEqual(['D']);
    expect(writes).toEqual([['a', 'bad', 'c'], ['a'], ['bad'], ['c'], ['d']]);
  });

  it('is written by pieces where it is much', async () => {
    const { write, writes, settle } = store();
    const many = Array.from({ length: 700 }, (_, n) => String(n));
    const asked = [write(many), write(many)];
    await settle();
    await settle();
    expect((await Promise.all(asked)).map(({ length }) => length)).toEqual([700, 700]);
    expect(writes.map(({ length }) => length)).toEqual([700, 700]);
  });
});

/**
 * A purchase log of the shape and size of CDNOW, from a fixed seed: the same bytes at every run.
 * Columns: customer_id, purchased_at, quantity, amount, and channel with so many characters when asked for.
 */
export function purchaseLog({ rows = 70_000, customers = 23_500, channelLength = 0 } = {}) {
  const channel = channelLength ? `,${'x'.repeat(channelLength)}` : '';
  let state = 0x2545f491;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
  const start = Date.UTC(2021, 0, 1);
  const lines = [`customer_id,purchased_at,quantity,amount${channel ? ',channel' : ''}`];
  for (let index = 0; index < rows; index += 1) {
    const day = new Date(start + Math.floor(random() ** 2 * 545) * 86_400_000).toISOString().slice(0, 10);
    const quantity = 1 + Math.floor(random() ** 3 * 6);
    const cents = Math.floor(500 + random() * 4500) * quantity;
    lines.push(`${1 + Math.floor(random() * customers)},${day},${quantity},${(cents / 100).toFixed(2)}${channel}`);
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

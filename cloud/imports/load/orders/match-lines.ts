import { OrderFault, type OrderLine } from './order';

/** A line of the file beside the stored one that it replaces; undefined where it is added. */
export interface LineMatch {
  line: OrderLine;
  replaces: OrderLine | undefined;
}

export interface LineMatches {
  /** Those of the file, in its order. */
  matches: LineMatch[];
  /** Stored lines that the file does not mention. */
  kept: OrderLine[];
}

/**
 * Tells which lines of a file are stored already: by line_id, otherwise by product, as often as it occurs, otherwise by
 * their place among the lines that have neither.
 * @throws OrderFault where nobody could tell
 */
export function matchLines(lines: readonly OrderLine[], stored: readonly OrderLine[]): LineMatches {
  const free = new Set(stored);
  const byProduct = new Map<string | null, OrderLine[]>();
  for (const other of stored) {
    const alike = byProduct.get(other.product);
    if (alike) alike.push(other);
    else byProduct.set(other.product, [other]);
  }
  const byId = new Map(stored.map((other) => [other.lineId, other]));
  const matches = lines.map((line): LineMatch => {
    const named = line.lineId === null ? undefined : byId.get(line.lineId);
    const replaces = [named, ...(byProduct.get(line.product) ?? [])].find(
      (other) => other && free.has(other) && isSame(line, other),
    );
    if (replaces) free.delete(replaces);
    return { line, replaces };
  });
  const kept = stored.filter((other) => free.has(other));
  refuseDoubt(matches, kept, stored);
  return { matches, kept };
}

function isSame(line: OrderLine, other: OrderLine): boolean {
  if (line.lineId !== null && other.lineId !== null) return line.lineId === other.lineId;
  if (line.product !== null || other.product !== null) return line.product === other.product;
  return line.lineId === null && other.lineId === null;
}

function refuseDoubt(matches: readonly LineMatch[], kept: readonly OrderLine[], stored: readonly OrderLine[]): void {
  for (const { line, replaces } of matches) {
    const isNamed = line.lineId !== null || line.product !== null;
    if (replaces) {
      const isById = line.lineId !== null && line.lineId === replaces.lineId;
      if (isById || !kept.some((other) => isSame(line, other))) continue;
      throw doubt(line, 'is stored with more lines like this one');
    }
    if (isNamed && kept.some((other) => other.lineId === null && other.product === null)) {
      throw doubt(line, 'is stored with lines that have neither line_id nor product_id');
    }
    if (!isNamed && stored.some((other) => other.lineId !== null || other.product !== null)) {
      throw doubt(line, 'is stored with lines that have line_id or product_id, and this one has neither');
    }
  }
}

function doubt({ row }: OrderLine, what: string): OrderFault {
  const message = `The order ${what}: nobody can tell which line this is. Send all of its lines, with line_id.`;
  return new OrderFault(row, 'order_id', 'ORDER_CONFLICT', message);
}

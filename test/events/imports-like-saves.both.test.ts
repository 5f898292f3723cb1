// One and the same rows, as a file and one by one through Parse: the same events, with the same payloads.
import { createPerson, createTenant, type Person } from '../factories/people';
import { rounds } from '../harness/depth';
import { parseRest } from '../harness/app';
import { importFile } from '../imports/support/imports';
import { seededRandom, type Random } from './support/random';
import { settledEventsOf, type StoredEvent } from './support/told';

type Cells = Record<string, string>;

interface Subject {
  className: string;
  dataType: string;
  key: string;
  /** Of every row, empty cells included, in the file's order. */
  row: (random: Random, id: string) => Cells;
  /** What the instant of the import decides. */
  unsure?: readonly string[];
}

const DAY = (random: Random): string => `2024-0${1 + random.below(9)}-1${random.below(10)}`;

const SUBJECTS: readonly Subject[] = [
  {
    className: 'Purchase',
    dataType: 'purchases',
    key: 'order_id',
    row: (random, id) => ({
      order_id: id,
      purchased_at: DAY(random),
      amount: `${random.below(4)}.${random.below(10)}0`,
      currency: random.of(['USD', 'EUR']),
      status: random.of(['paid', 'pending', 'refunded', 'cancelled']),
      channel: random.of(['web', 'shop', 'käse <1>']),
    }),
  },
  {
    className: 'Subscription',
    dataType: 'subscriptions',
    key: 'subscription_id',
    row: (random, id) => ({
      subscription_id: id,
      customer_id: 'c1',
      plan: random.of(['pro', 'team']),
      amount: random.of(['19', '29.50']),
      currency: random.of(['USD', 'EUR']),
      interval: random.of(['month', 'year']),
      started_at: '2024-01-01',
      cancelled_at: random.of(['', '', '2024-03-01']),
      status: random.of(['', 'active', 'past_due', 'cancelled']),
    }),
    unsure: ['cancelled_at'],
  },
  {
    className: 'Event',
    dataType: 'events',
    key: 'event_id',
    row: (random, id) => ({
      event_id: id,
      event_type: random.of(['view', 'a.b', 'cart/öffnen <1>', 'ü'.repeat(150)]),
      timestamp: DAY(random),
      properties: random.of(['', '{"path":"/a"}', `{"text":"${'ü'.repeat(4000)}"}`]),
    }),
  },
];

const INSTANTS = new Set(['purchased_at', 'started_at', 'cancelled_at', 'timestamp']);

/** A row of a file as a client of Parse would save it. */
function bodyOf({ className }: Subject, cells: Cells, customer: string): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [name, cell] of Object.entries(cells)) {
    if (cell === '') continue;
    if (name === 'customer_id') body['customer'] = { __type: 'Pointer', className: 'Customer', objectId: customer };
    else if (INSTANTS.has(name)) body[name] = { __type: 'Date', iso: `${cell}T00:00:00.000Z` };
    else if (name === 'amount') body[className === 'Purchase' ? 'total' : name] = Number(cell);
    else body[name] = name === 'properties' ? (JSON.parse(cell) as unknown) : cell;
  }
  return body;
}

function csvOf(rows: readonly Cells[]): string {
  const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
  return [Object.keys(rows[0]!).join(','), ...rows.map((row) => Object.values(row).map(quoted).join(','))].join('\n');
}

/** Without what differs between two tenants, each subject's events in their order. */
function comparable(events: readonly StoredEvent[], { key, unsure = [] }: Subject): string[] {
  const plain = events
    .filter(({ type }) => !type.startsWith('data_'))
    .map(({ type, data }) => {
      const ids = Object.keys(data).filter((name) => /row_id$|^purchase_id$|customer_id$/.test(name));
      const shown = { ...data };
      for (const name of [...ids, ...unsure]) shown[name] = data[name] !== null;
      return { id: String(data[key]), text: JSON.stringify([type, Object.entries(shown).sort()]) };
    });
  const bySubject = new Map<string, string[]>();
  for (const { id, text } of plain) bySubject.set(id, [...(bySubject.get(id) ?? []), text]);
  return [...bySubject].sort().map(([id, texts]) => `${id} ${texts.join(' ')}`);
}

const newOwner = async (): Promise<Person> =>
  createPerson({ roles: ['tenant:owner', 'analyst'], tenant: await createTenant() });

describe.each(SUBJECTS)('$dataType', (subject) => {
  it.each(Array.from({ length: rounds(12, 2) }, (_round, index) => 10 + index))('with seed %i', async (seed) => {
    const random = seededRandom(seed);
    const [byFile, bySave] = [await newOwner(), await newOwner()];
    const customer = await parseRest('POST', '/classes/Customer', {
      sessionToken: bySave.sessionToken,
      body: { external_id: 'c1' },
    });
    expect(customer.status).toBe(201);
    const stored = new Map<string, string>();
    for (let file = 0; file < 3; file++) {
      const ids = Array.from({ length: 8 }, (_id, index) => `i${index}`).filter(() => random.below(3) > 0);
      const rows = ['always', ...ids].map((id) => subject.row(random, id));
      const options = { data_type: subject.dataType, mode: 'upsert', effects: true };
      expect((await importFile(byFile.token, options, csvOf(rows))).status).toBe('completed');
      for (const cells of rows) await save(cells);
    }
    const classes = ['DataJob', subject.className];
    const told = comparable(await settledEventsOf(byFile.tenantId, classes), subject);
    expect(told).toEqual(comparable(await settledEventsOf(bySave.tenantId, classes), subject));
    expect(told.length).toBeGreaterThan(0);

    async function save(cells: Cells): Promise<void> {
      const id = cells[subject.key]!;
      const known = stored.get(id);
      const body = bodyOf(subject, cells, customer.body.objectId as string);
      const credentials = { sessionToken: bySave.sessionToken };
      if (!known) {
        const made = await parseRest('POST', `/classes/${subject.className}`, { ...credentials, body });
        if (made.status === 201) stored.set(id, made.body.objectId as string);
        else expect(made.status).toBe(400);
        return;
      }
      const changed = await parseRest('PUT', `/classes/${subject.className}/${known}`, { ...credentials, body });
      expect([200, 400]).toContain(changed.status);
    }
  });
});

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { uniqueName } from '../factories/ids';
import { type Person } from '../factories/people';
import { api, parseFn, parseRest, type Answer } from '../harness/app';
import { importFile, newImporter, PURCHASES, resultsOf, sendFile, waitForJob } from './support/imports';
import { workbook } from './support/workbook';

const IDS = ['9007199254740992', '9007199254740993', '9007199254740994'];
const JSON_ROWS = IDS.map((id) => `{"purchased_at":"2025-01-01","amount":0.1,"customer_id":${id}}`);
const JSON_BODY = `{"options":${JSON.stringify(PURCHASES)},"data":[${JSON_ROWS.join(',')}]}`;

const text = (value: string): string => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
const day = '<c s="1"><v>45658</v></c>';
/** Cells of one row each, below the header of a purchase. */
function purchases(...rows: string[]): Buffer {
  const header = ['purchased_at', 'amount', 'customer_id'].map(text).join('');
  return workbook([header, ...rows].map((cells) => `<row>${cells}</row>`).join(''));
}

describe('formats of an import', () => {
  let person: Person;
  beforeAll(async () => {
    person = await newImporter();
  });

  const preview = (file: string | Uint8Array, name: string, options: object = PURCHASES): Promise<Answer> =>
    sendFile(person.token, { ...options, preview: 10 }, file, name);
  const shown = async (file: string | Uint8Array, name: string): Promise<unknown> => {
    const { status, body } = await preview(file, name);
    expect(status).toBe(200);
    return {
      rows: body.rows.map(({ total, customer_id: id }: { total: number; customer_id?: string }) => [total, id ?? null]),
      errors: body.errors.map(({ row, column, code, value }: Record<string, unknown>) => [row, column, code, value]),
    };
  };
  const threeCustomers = { rows: IDS.map((id) => [0.1, id]), errors: [] };

  it('keeps 64-bit ids of JSON apart: by body, raw file and NDJSON', async () => {
    const headers = { 'Content-Type': 'application/json' };
    for (const route of ['/api/data/batch', '/api/data/process', '/api/business/process']) {
      const body = JSON_BODY.replace('{"data_type"', '{"preview":10,"data_type"');
      const answer = await api('POST', route, { token: person.token, headers, body });
      expect(answer).toMatchObject({ status: 200, body: { rows: IDS.map((id) => ({ customer_id: id })), errors: [] } });
    }
    expect(await shown(`[${JSON_ROWS.join(',\n')}]`, 'rows.json')).toEqual(threeCustomers);
    expect(await shown(JSON_ROWS.join('\n'), 'rows.ndjson')).toEqual(threeCustomers);
  });

  it('stores them so', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const sent = await api('POST', '/api/data/batch', { token: person.token, headers, body: JSON_BODY });
    const jobs = [
      await waitForJob(person.token, sent.body.job_id),
      await importFile(person.token, PURCHASES, `[${JSON_ROWS.join(',')}]`, 'rows.json'),
      await importFile(person.token, PURCHASES, JSON_ROWS.join('\n'), 'rows.ndjson'),
    ];
    for (const { job_id: id, counts } of jobs) {
      expect(counts).toMatchObject({ inserted: 3, rejected: 0 });
      const { results } = await resultsOf(person.token, id);
      const pointers = results.map(({ customer }) => JSON.stringify(customer));
      expect(new Set(pointers).size).toBe(3);
      expect(pointers).not.toContain(undefined);
    }
  });

  it('keeps amounts of JSON exact, or refuses them', async () => {
    const amounts = ['12345678901234.56', '1e2', '0.1', '12345678901234567.89'];
    const rows = amounts.map((amount) => `{"purchased_at":"2025-01-01","amount":${amount}}`);
    expect(await shown(`[${rows.join(',')}]`, 'rows.json')).toEqual({
      rows: [12345678901234.56, 100, 0.1].map((total) => [total, null]),
      errors: [[4, 'amount', 'INVALID_NUMBER', '12345678901234567.89']],
    });
  });

  it('keeps ids in nested values, and in classes of the app', async () => {
    const event = `[{"event_type":"a","timestamp":"2025-01-01","properties":{"id":${IDS[1]},"x":1.5}}]`;
    const nested = await preview(event, 'rows.json', { data_type: 'events' });
    expect(nested.body).toMatchObject({ rows: [{ properties: { id: IDS[1], x: 1.5 } }], errors: [] });
    const name = uniqueName('Ids');
    const fields = { number: { type: 'Number' }, text: { type: 'String' } };
    const signedIn = { requiresAuthentication: true };
    const classLevelPermissions = { find: signedIn, get: signedIn, create: signedIn };
    const schema = { className: name, fields, classLevelPermissions };
    const made = await parseRest('POST', `/schemas/${name}`, { masterKey: true, body: schema });
    expect(made.status).toBe(200);
    const rows = `number,text\n${IDS[1]},${IDS[1]}\n${IDS[0]},a\n`;
    const { body } = await preview(rows, 'rows.csv', { data_type: `class:${name}` });
    expect(body.rows).toEqual([{ number: 2 ** 53, text: 'a' }]);
    expect(body.errors).toMatchObject([{ row: 2, column: 'number', code: 'INVALID_NUMBER' }]);
  });

  it('reads the example of the documentation', async () => {
    const text = readFileSync(resolve(__dirname, '../../docs/imports.md'), 'utf8');
    const example = /### JSON\n[^]*?```json\n([^]*?)```/.exec(text)?.[1] ?? '';
    expect(await shown(example, 'rows.json')).toEqual({
      rows: [
        [0.1, IDS[1]],
        [2.5, 'c-17'],
      ],
      errors: [],
    });
  });

  it('refuses the row where a number was rounded before it came', async () => {
    const data = [{ purchased_at: '2025-01-01', amount: 1, customer_id: 2 ** 53 }];
    const options = { ...PURCHASES, preview: 5 };
    const { body } = await parseFn('processBatch', { options, data }, { sessionToken: person.sessionToken });
    expect(body.result).toMatchObject({ rows: [], errors: [{ row: 1, column: 'customer_id', code: 'ROW_SHAPE' }] });
  });

  it('tells cells without a value from values', async () => {
    const book = purchases(
      `${day}<c><v>1</v></c><c t="s"/>`,
      `${day}<c><v>2</v></c><c t="s"><v/></c>`,
      `${day}<c><v>3</v></c><c t="b"/>`,
      `${day}<c t="inlineStr"><v>1</v><is><t>1</t></is></c><c t="inlineStr"><is><t>k7</t></is><v>k7</v></c>`,
      `${day}<c><v> </v></c>${text('z')}`,
      `${day}<c><v>0x10</v></c>${text('z')}`,
    );
    expect(await shown(book, 'rows.xlsx')).toEqual({
      rows: [
        [1, null],
        [2, null],
        [3, null],
        [1, 'k7'],
      ],
      errors: [
        [6, 'amount', 'REQUIRED', null],
        [7, 'amount', 'INVALID_NUMBER', '0x10'],
      ],
    });
  });

  it('refuses rows with errors and with formulas that were never calculated, and no other', async () => {
    const book = purchases(
      `${day}<c><v>1</v></c><c t="e"><v>#N/A</v></c>`,
      `${day}<c><f>1+1</f></c>${text('a')}`,
      `<c t="e"><v>#REF!</v></c><c><v>1</v></c><c><f>"c"</f></c>`,
      `${day}<c><v>4</v></c>${text('ok')}<c/>`,
    );
    const job = await importFile(person.token, PURCHASES, book, 'rows.xlsx');
    expect(job.counts).toMatchObject({ read: 4, inserted: 1, rejected: 3 });
    const { errors } = await resultsOf(person.token, job.job_id);
    expect(errors.items.map(({ row, column, code, value }) => [row, column, code, value])).toEqual([
      [2, 'customer_id', 'ROW_SHAPE', '#N/A'],
      [3, 'amount', 'INVALID_NUMBER', ''],
      [4, 'purchased_at', 'INVALID_DATE', '#REF!'],
      [4, 'customer_id', 'ROW_SHAPE', ''],
    ]);
  });

  it('needs the name of a column once only where a field is read from it', async () => {
    const rows = 'purchased_at,amount,note,note,,,sum,sum\n2025-01-01,1,a,b,c,d,2,2\n';
    expect(await shown(rows, 'rows.csv')).toEqual({ rows: [[1, null]], errors: [] });
    const refused = { status: 400, body: { error: { code: 'INVALID_FILE' } } };
    const mapped = { ...PURCHASES, mapping: { amount: 'sum' } };
    expect(await preview(rows, 'rows.csv', mapped)).toMatchObject(refused);
    expect(await preview('purchased_at,amount,amount\n2025-01-01,1,2\n', 'rows.csv')).toMatchObject(refused);
    const optional = 'purchased_at,amount,customer_id,customer_id\n2025-01-01,1,a,b\n';
    expect(await preview(optional, 'rows.csv')).toMatchObject(refused);
  });

  it('says at once what a file that is called a workbook is instead', async () => {
    const answer = await sendFile(person.token, PURCHASES, 'purchased_at,amount\n2025-01-01,1\n', 'rows.xlsx');
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'INVALID_FILE' } } });
    expect(answer.body.error.message).toMatch(/^Text, not an Excel workbook/);
    expect((await sendFile(person.token, PURCHASES, 'PK', 'rows.ods')).status).toBe(415);
  });
});

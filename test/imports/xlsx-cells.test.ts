import { CellFault, type Cell } from '../../cloud/imports/read/cell';
import { isRowIssue } from '../../cloud/imports/convert/cell';
import { parseInstant } from '../../cloud/imports/convert/dates';
import { parseDecimal } from '../../cloud/imports/convert/decimal';
import { parseId, parseText } from '../../cloud/imports/convert/text';
import { readFile } from './read-support';
import { workbook } from './support/workbook';

type Changes = Parameters<typeof workbook>[1];

/** The cell that the XML gives, below a header. */
async function cell(xml: string, changes: Changes = {}): Promise<Cell | undefined> {
  const sheet =
    '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row>' +
    `<row r="2">${xml.replace('<c', '<c r="A2"')}<c r="B2"><v>7</v></c></row>`;
  const { rows } = await readFile(workbook(sheet, changes), { format: 'xlsx' });
  return rows[0]?.cells[0];
}

const refusal = (value: unknown): string => (isRowIssue(value) ? `${value.code} ${value.message}` : 'taken');

describe('cells of a workbook', () => {
  it.each([
    [
      'no value, whatever the type',
      ['<c/>', '<c t="s"/>', '<c t="s"><v/></c>', '<c t="b"/>', '<c t="d"><v> </v></c>'],
      null,
    ],
    ['blanks', ['<c><v> </v></c>', '<c t="s"><v> </v></c>', '<c t="e"><v/></c>'], null],
    [
      'an inline text before and after a value',
      ['<c t="inlineStr"><v>1</v><is><t>k</t></is></c>', '<c t="inlineStr"><is><t>k</t></is><v>1</v></c>'],
      'k',
    ],
    [
      'rich text without its reading',
      ['<c t="inlineStr"><is><r><t>漢</t></r><rPh><t>かん</t></rPh><r><t xml:space="preserve"> b</t></r></is></c>'],
      '漢 b',
    ],
    ['escapes and line breaks', ['<c t="str"><v>a_x000D_\r\nb_x005F_x000D_</v></c>'], 'a\r\nb_x000D_'],
    ['a shared text', ['<c t="s"><v>2</v></c>'], 'é<1'],
    ['booleans', ['<c t="b"><v>1</v></c>', '<c t="b"><v>true</v></c>'], true],
    ['ISO dates', ['<c t="d"><v>2021-01-05T10:00:00Z</v></c>'], '2021-01-05T10:00:00Z'],
    ['the result of a formula', ['<c><f>1+1</f><v>2</v></c>', '<c><v>2</v><f>1+1</f></c>'], 2],
    ['an empty text as the result of a formula', ['<c t="str"><f>""</f><v></v></c>'], null],
    ['numbers of XML', ['<c><v> 1.5E3 </v></c>', '<c><v>+1500.</v></c>'], 1500],
    ['what is no number of XML', ['<c><v>0x10</v></c>'], '0x10'],
    ['64-bit ids', ['<c><v>9007199254740993</v></c>'], '9007199254740993'],
  ])('reads %s', async (_name, xmls, wanted) => {
    for (const xml of xmls) expect(await cell(xml)).toBe(wanted);
  });

  it.each([
    ['an error', '<c t="e"><v>#N/A</v></c>', {}, /error #N\/A/, '#N/A'],
    ['an error of a formula', '<c t="e"><f>A1/0</f><v>#DIV/0!</v></c>', {}, /error #DIV\/0!/, '#DIV/0!'],
    ['a formula without a result', '<c><f>A1</f></c>', {}, /never calculated/, ''],
    ['a formula with an empty result', '<c><f>A1</f><v/></c>', {}, /never calculated/, ''],
    ['a text formula without a result', '<c t="str"><f>A1</f></c>', {}, /never calculated/, ''],
    ['a formula with blanks for a result', '<c><f>A1</f><v> </v></c>', {}, /never calculated/, ''],
    ['an empty place holder', '<c t="str"><f>A1</f><v/></c>', { isUncalculated: true }, /never calculated/, ''],
    ['a place holder', '<c><f>A1</f><v>0</v></c>', { isUncalculated: true }, /never calculated/, ''],
  ])('has no value for %s, and says so in every field', async (_name, xml, changes, message, shown) => {
    const fault = await cell(xml, changes);
    if (!(fault instanceof CellFault)) throw new Error(`read as ${String(fault)}`);
    expect(fault.shown).toBe(shown);
    for (const value of [parseId(fault, 200), parseDecimal(fault), parseInstant(fault, 'UTC')]) {
      expect(refusal(value)).toMatch(message);
    }
  });

  it('refuses as an id what a double has rounded already', async () => {
    expect(refusal(parseId((await cell('<c><v>1.2345678901234568E16</v></c>')) ?? null, 200))).toMatch(/2\^53/);
    expect(parseText((await cell('<c><v>9007199254740991</v></c>')) ?? null, 200)).toBe('9007199254740991');
  });

  it('refuses a text that is not there', async () => {
    for (const index of ['3', '-1', '1.5', 'x']) {
      await expect(cell(`<c t="s"><v>${index}</v></c>`)).rejects.toThrow(/text that is not in the file/);
    }
  });

  it.each([
    ['a time without a day', 'h:mm:ss', '0.5', '12:00:00'],
    ['a time with a fraction', 'mm:ss.0', '0.00001', '00:00:00.864'],
    ['a time before the calendar', 'HHM', '-1.2', '19:12:00'],
    ['a time of a day', 'h:mm', '1.5', '1900-01-01T12:00:00'],
    ['the day before the false leap day', 'yyyy', '59', '1900-02-28T00:00:00'],
    ['the false leap day', 'yyyy', '60.5', '1900-02-29'],
    ['the day after it', 'yyyy', '61', '1900-03-01T00:00:00'],
    ['a day beyond the calendar', 'd', '2958466', '#NUM!'],
    ['a format with a locale', '[$-F800]dddd\\, mmmm dd', '44197', '2021-01-01T00:00:00'],
    ['AM and PM only', 'A/P', '44197', '2021-01-01T00:00:00'],
    ['an elapsed time', '[h]:mm:ss', '1.5', 1.5],
    ['a number beside quoted and escaped letters', '0.0 &quot;days&quot; \\d_d*s', '44197', 44197],
    ['a number in a colour and a currency', '[Red]#,##0.00 [$USD-409]', '44197', 44197],
    ['a plain number', 'General', '44197', 44197],
  ])('reads %s', async (_name, format, value, wanted) => {
    expect(await cell(`<c s="3"><v>${value}</v></c>`, { formats: [format] })).toBe(wanted);
  });

  it('refuses the false leap day and times as dates', () => {
    for (const text of ['1900-02-29', '12:00:00', '#NUM!'])
      expect(refusal(parseInstant(text, 'UTC'))).toMatch(/INVALID_DATE/);
  });

  it('counts from 1904, day 0 included', async () => {
    const from1904 = { formats: ['yyyy', 'h:mm'], date1904: true };
    expect(await cell('<c s="3"><v>0</v></c>', from1904)).toBe('1904-01-01T00:00:00');
    expect(await cell('<c s="3"><v>60</v></c>', from1904)).toBe('1904-03-01T00:00:00');
    expect(await cell('<c s="4"><v>0.25</v></c>', from1904)).toBe('06:00:00');
  });

  it('takes formatting up to the last column for none', async () => {
    const styled = Array.from({ length: 700 }, () => '<c s="1"/>').join('');
    const sheet =
      `<row r="1"><c r="A1"><v>1</v></c>${styled}<c r="XFD1" s="1"/></row>` +
      '<row r="2"><c r="A2"><v>2</v></c><c r="WVF2" t="s" s="1"/><c r="XFD2" t="str"><f>""</f><v></v></c></row><row r="3"><c r="XFD3" s="2"/></row>';
    expect(await readFile(workbook(sheet), { format: 'xlsx' })).toEqual({
      header: ['1'],
      rows: [{ row: 2, cells: [2] }],
    });
  });
});

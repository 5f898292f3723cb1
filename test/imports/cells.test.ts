import { addDays, dayInZone, daysBetween, isTimeZone, localToInstant, startOfDay } from '../../values/zone';
import { isEmptyCell, type Cell } from '../../cloud/imports/read/cell';
import { isRowIssue } from '../../cloud/imports/convert/cell';
import { parseCurrency } from '../../cloud/imports/convert/currency';
import { parseInstant } from '../../cloud/imports/convert/dates';
import { formatDecimal } from '../../values/decimal';
import { decimalToNumber, multiply, parseDecimal, toMinorUnits } from '../../cloud/imports/convert/decimal';
import { multiplyToMinorUnits, parseMinorUnits } from '../../cloud/imports/convert/money';
import { minorExponent } from '../../values/money';
import { cellToText } from '../../cloud/imports/read/cell';
import { parseId, parseText } from '../../cloud/imports/convert/text';
import { seeded } from './read-support';

/** The code of a refused cell, or the value. */
function outcome(value: unknown): unknown {
  return isRowIssue(value) ? value.code : value;
}

function iso(value: unknown): unknown {
  return typeof value === 'number' ? new Date(value).toISOString() : outcome(value);
}

function format(cell: Cell): unknown {
  const value = parseDecimal(cell);
  return isRowIssue(value) ? value.code : formatDecimal(value);
}

describe('parseDecimal', () => {
  test.each([
    ['11.77', '11.77'],
    [' 12.00 ', '12'],
    ['-0.50', '-0.5'],
    ['+7', '7'],
    ['.5', '0.5'],
    ['-0', '0'],
    ['000123', '123'],
    ['1e3', '1000'],
    ['1.5E-3', '0.0015'],
    ['9007199254740993', '9007199254740993'],
    [8.289999999999999, '8.29'],
    [0.1 + 0.2, '0.3'],
    [9007199254740991, '9007199254740991'],
    [1e-7, '0.0000001'],
    [-12.5, '-12.5'],
  ])('reads %p as %s', (cell, expected) => {
    expect(format(cell)).toBe(expected);
  });

  test.each([
    '1,234.50',
    '1 234',
    "1'234",
    '$5',
    '5 USD',
    '5.',
    '.',
    '-',
    '+',
    '--5',
    '0x10',
    '0b1',
    '1_000',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e',
    '1e999',
    '1e-41',
    '5%',
    '(5)',
    '−5',
    '５',
    '٣',
    '1.2.3',
    '1'.repeat(41),
    true,
    NaN,
    Infinity,
    new Date(0),
  ] as Cell[])('refuses %p', (cell) => {
    expect(outcome(parseDecimal(cell))).toBe('INVALID_NUMBER');
    expect(outcome(parseMinorUnits(cell, 2))).toBe('INVALID_NUMBER');
    expect(outcome(multiplyToMinorUnits('1', cell, 2))).toBe('INVALID_NUMBER');
    expect(outcome(multiplyToMinorUnits(cell, '1', 2))).toBe('INVALID_NUMBER');
  });

  test.each(['', '   ', null] as Cell[])('asks for a value where the cell is %p', (cell) => {
    expect(outcome(parseDecimal(cell))).toBe('REQUIRED');
    expect(outcome(parseMinorUnits(cell, 2))).toBe('REQUIRED');
    expect(outcome(multiplyToMinorUnits(cell, '1', 2))).toBe('REQUIRED');
  });

  it('gives the nearest double for plain number fields', () => {
    const value = parseDecimal('-1234.50');
    expect(isRowIssue(value) ? value : decimalToNumber(value)).toBe(-1234.5);
  });
});

describe('minor units', () => {
  test.each([
    ['1.005', 2, 101],
    ['-1.005', 2, -101],
    ['1.004999', 2, 100],
    ['0.005', 2, 1],
    ['-0.005', 2, -1],
    ['-0.004', 2, 0],
    ['-0', 2, 0],
    ['2.5', 0, 3],
    ['-2.5', 0, -3],
    ['1.2345', 3, 1235],
    ['11.77', 2, 1177],
    ['90071992547409.91', 2, 9007199254740991],
    ['-90071992547409.91', 2, -9007199254740991],
    [8.289999999999999, 2, 829],
    [1.005, 2, 101],
    [1e10, 2, 1e12],
  ])('rounds %p with %i decimals to %i', (cell, exponent, expected) => {
    expect(parseMinorUnits(cell, exponent)).toBe(expected);
  });

  it('refuses amounts beyond the safe integers', () => {
    expect(outcome(parseMinorUnits('90071992547409.92', 2))).toBe('INVALID_NUMBER');
    expect(outcome(parseMinorUnits('1e40', 2))).toBe('INVALID_NUMBER');
    expect(outcome(multiplyToMinorUnits('999999999', '999999999', 2))).toBe('INVALID_NUMBER');
  });

  it('multiplies exactly and rounds once', () => {
    expect(multiplyToMinorUnits('3', '0.335', 2)).toBe(101);
    expect(multiplyToMinorUnits('-3', '0.335', 2)).toBe(-101);
    expect(multiplyToMinorUnits(3, 0.335, 2)).toBe(101);
    expect(multiplyToMinorUnits('0', '-5', 2)).toBe(0);
    expect(multiplyToMinorUnits('1.1', '1.1', 2)).toBe(121);
    expect(multiplyToMinorUnits(6, 3.75, 2)).toBe(2250);
    expect(multiplyToMinorUnits('1000', '12', 0)).toBe(12000);
  });

  it('takes the same result on the fast way and on the exact one', () => {
    const random = seeded(7);
    for (let round = 0; round < 3_000; round++) {
      const exponent = Math.floor(random() * 5);
      const [a, b] = [randomAmount(random), randomAmount(random)];
      expect(parseMinorUnits(a, exponent)).toEqual(exact(a, exponent));
      expect(multiplyToMinorUnits(a, b, exponent)).toEqual(exactProduct(a, b, exponent));
    }
  });
});

function exact(text: string, exponent: number): unknown {
  const value = parseDecimal(text);
  return isRowIssue(value) ? value : toMinorUnits(value, exponent);
}

function exactProduct(a: string, b: string, exponent: number): unknown {
  const [x, y] = [parseDecimal(a), parseDecimal(b)];
  return isRowIssue(x) || isRowIssue(y) ? 'unreachable' : toMinorUnits(multiply(x, y), exponent);
}

function randomAmount(random: () => number): string {
  const digits = String(Math.floor(random() * 10 ** Math.floor(random() * 16)));
  const fraction =
    random() < 0.3 ? '' : `.${String(Math.floor(random() * 1e6)).slice(0, 1 + Math.floor(random() * 6))}`;
  return `${random() < 0.3 ? '-' : ''}${digits}${fraction}`;
}

describe('currencies', () => {
  test.each([
    ['USD', 2],
    ['jpy', 0],
    [' KWD ', 3],
    ['CLF', 4],
    ['HUF', 2],
    ['ISK', 0],
    ['TND', 3],
    ['XOF', 0],
    ['EUR', 2],
    ['XCG', 2],
  ])('knows the decimals of %p', (cell, exponent) => {
    expect(minorExponent(parseCurrency(cell) as string)).toBe(exponent);
  });

  test.each(['US', 'USDX', 'XXX', 'XAU', '$', 'constructor', '__proto__'])('does not know %p', (cell) => {
    expect(outcome(parseCurrency(cell))).toBe('INVALID_CURRENCY');
  });

  it('turns cells into codes', () => {
    expect(parseCurrency(' usd ')).toBe('USD');
    expect(outcome(parseCurrency('  '))).toBe('REQUIRED');
    expect(outcome(parseCurrency('DOLLAR'))).toBe('INVALID_CURRENCY');
    expect(outcome(parseCurrency(840))).toBe('INVALID_CURRENCY');
  });

  it('knows the currencies of the large markets', () => {
    const all = ['USD', 'EUR', 'GBP', 'INR', 'CNY', 'BRL', 'ZAR', 'NGN', 'TRY', 'VND', 'IDR', 'SAR', 'AED', 'CHF'];
    for (const code of all) expect(parseCurrency(code)).toBe(code);
  });
});

describe('parseInstant', () => {
  test.each([
    ['2021-01-01', 'UTC', '2021-01-01T00:00:00.000Z'],
    [' 2021-01-01 ', 'UTC', '2021-01-01T00:00:00.000Z'],
    ['2021/12/31', 'UTC', '2021-12-31T00:00:00.000Z'],
    ['20210228', 'UTC', '2021-02-28T00:00:00.000Z'],
    [20210228, 'UTC', '2021-02-28T00:00:00.000Z'],
    ['2024-02-29', 'UTC', '2024-02-29T00:00:00.000Z'],
    ['2021-06-01T12:30', 'UTC', '2021-06-01T12:30:00.000Z'],
    ['2021-06-01 12:30:15', 'UTC', '2021-06-01T12:30:15.000Z'],
    ['2021-06-01T12:30:15.1239', 'UTC', '2021-06-01T12:30:15.123Z'],
    ['2021-06-01T12:30:15Z', 'Asia/Tokyo', '2021-06-01T12:30:15.000Z'],
    ['2021-06-01T12:30:15+05:30', 'Asia/Tokyo', '2021-06-01T07:00:15.000Z'],
    ['2021-06-01T12:30:15-0800', 'UTC', '2021-06-01T20:30:15.000Z'],
    ['2021-06-01 12:30:15 +02', 'UTC', '2021-06-01T10:30:15.000Z'],
    ['2021-06-01', 'Asia/Kolkata', '2021-05-31T18:30:00.000Z'],
    ['2021-07-01 09:00', 'America/New_York', '2021-07-01T13:00:00.000Z'],
    ['2021-01-01 09:00', 'America/New_York', '2021-01-01T14:00:00.000Z'],
    [new Date(5), 'UTC', new Date(86_400_000 * 0 + 5).toISOString()],
  ] as [Cell, string, string][])('reads %p in %s', (cell, zone, expected) => {
    expect(iso(parseInstant(cell, zone))).toBe(expected);
  });

  test.each([
    '2021-02-29',
    '2021-02-30',
    '2021-13-01',
    '2021-00-10',
    '2021-01-00',
    '2021-04-31',
    '1899-12-31',
    '2201-01-01',
    '2021-01-01T24:00',
    '2021-01-01T12:60',
    '2021-01-01T12:00:60',
    '2021-01-01T12',
    '2021-1-1',
    '2021-01/01',
    '1/2/2021',
    '12/31/2021 8:26',
    '01.02.2021',
    'yesterday',
    '1612137600',
    1612137600,
    44197.5,
    true,
    '2021-01-01T12:00:00+16:00',
    '2021-01-01T12:00:00+02:99',
    '2021-01-01Z',
    'ab21-01-01',
    '20２1-01-01',
    new Date(NaN),
    '#NUM!',
  ] as Cell[])('refuses %p', (cell) => {
    expect(outcome(parseInstant(cell, 'UTC'))).toBe('INVALID_DATE');
  });

  it('asks for a date where the cell is empty', () => {
    expect(outcome(parseInstant(' ', 'UTC'))).toBe('REQUIRED');
  });
});

describe('zones', () => {
  test.each([
    ['a skipped time moves forward by the gap', '2021-03-14 02:30', 'America/New_York', '2021-03-14T07:30:00.000Z'],
    ['a time before the gap', '2021-03-14 01:59:59', 'America/New_York', '2021-03-14T06:59:59.000Z'],
    ['a time after the gap', '2021-03-14 03:00', 'America/New_York', '2021-03-14T07:00:00.000Z'],
    ['a doubled time is the first', '2021-11-07 01:30', 'America/New_York', '2021-11-07T05:30:00.000Z'],
    ['a time after the fold', '2021-11-07 02:00', 'America/New_York', '2021-11-07T07:00:00.000Z'],
    ['a doubled time in Europe', '2021-10-31 02:30', 'Europe/Berlin', '2021-10-31T00:30:00.000Z'],
    ['half an hour of change', '2021-10-03 02:15', 'Australia/Lord_Howe', '2021-10-02T15:45:00.000Z'],
    ['a day that a zone left out', '2011-12-30 12:00', 'Pacific/Apia', '2011-12-30T22:00:00.000Z'],
  ])('%s', (_name, text, zone, expected) => {
    expect(iso(parseInstant(text, zone))).toBe(expected);
  });

  it('finds the first instant of a day whose midnight is skipped', () => {
    expect(iso(startOfDay('2018-11-04', 'America/Sao_Paulo'))).toBe('2018-11-04T03:00:00.000Z');
    // The clock went from 23:30 to 00:30.
    expect(iso(startOfDay('1919-03-31', 'America/Toronto'))).toBe('1919-03-31T04:30:00.000Z');
    expect(iso(startOfDay('2021-03-28', 'UTC'))).toBe('2021-03-28T00:00:00.000Z');
    expect(iso(startOfDay('2021-06-01', 'Asia/Kathmandu'))).toBe('2021-05-31T18:15:00.000Z');
  });

  it('names the day of an instant', () => {
    const instant = Date.parse('2021-12-31T23:30:00Z');
    expect(dayInZone(instant, 'UTC')).toBe('2021-12-31');
    expect(dayInZone(instant, 'Europe/Paris')).toBe('2022-01-01');
    expect(dayInZone(instant, 'Pacific/Kiritimati')).toBe('2022-01-01');
    expect(dayInZone(instant, 'America/Los_Angeles')).toBe('2021-12-31');
    expect(dayInZone(-1, 'UTC')).toBe('1969-12-31');
  });

  it('agrees with the runtime for random instants, and back', () => {
    const random = seeded(11);
    const names = ['Europe/Dublin', 'America/St_Johns', 'Africa/Casablanca', 'Asia/Tehran', 'Australia/Sydney', 'UTC'];
    for (const zone of names) {
      const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
      for (let round = 0; round < 200; round++) {
        const instant = Math.floor(random() * 2.2e9) * 1_000;
        const [day = '', time = ''] = format.format(instant).split(' ');
        expect(dayInZone(instant, zone)).toBe(day);
        const start = startOfDay(day, zone);
        expect(dayInZone(start, zone)).toBe(day);
        expect(dayInZone(start - 1, zone)).not.toBe(day);
        const [y = 0, mo = 0, d = 0] = day.split('-').map(Number);
        const [h = 0, mi = 0, s = 0] = time.split(':').map(Number);
        // A doubled hour comes back as its first occurrence.
        expect([0, 3_600_000]).toContain(instant - localToInstant(y, mo, d, h, mi, s, 0, zone));
      }
    }
  });

  it('counts days without zones', () => {
    expect(addDays('2024-02-28', 2)).toBe('2024-03-01');
    expect(addDays('2021-01-01', -1)).toBe('2020-12-31');
    expect(daysBetween('2021-01-01', '2022-01-01')).toBe(365);
    expect(daysBetween('2021-03-28', '2021-03-27')).toBe(-1);
    expect(() => addDays('2021-1-1', 1)).toThrow(RangeError);
  });

  it('tells zones from other names', () => {
    for (const name of ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5']) {
      expect(isTimeZone(name)).toBe(true);
    }
    for (const name of ['', '+02:00', 'Mars/Olympus', '__proto__', 'Europe/Berlin ', '2']) {
      expect(isTimeZone(name)).toBe(false);
    }
  });
});

describe('text', () => {
  test.each([
    [12345.0, '12345'],
    ['17850.0', '17850'],
    ['00001', '00001'],
    ['0.0', '0.0'],
    ['1.10', '1.10'],
    [' C536379 ', 'C536379'],
    ['9007199254740993', '9007199254740993'],
    [12.5, '12.5'],
    [-3, '-3'],
    [true, 'true'],
  ] as [Cell, string][])('makes the id of %p', (cell, expected) => {
    expect(parseId(cell, 100)).toBe(expected);
  });

  it.each(['#N/A', ' #REF! ', '#DIV/0!'])('takes the error %p, as CSV carries it, for nobody', (cell) => {
    expect(parseId(cell, 100)).toMatchObject({ code: 'ROW_SHAPE' });
    expect(parseId('#12', 100)).toBe('#12');
  });

  it.each([1e21, 2 ** 53, -(2 ** 53)])('refuses %p: two ids may have become one number', (cell) => {
    expect(parseId(cell, 100)).toMatchObject({ code: 'ROW_SHAPE' });
  });

  it('leaves other text as it is', () => {
    expect(parseText('17850.0', 100)).toBe('17850.0');
    expect(parseText(' a\tb ', 100)).toBe('a\tb');
    expect(parseText('😀', 2)).toBe('😀');
    expect(cellToText(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
    expect(cellToText(new Date(NaN))).toBe('');
    expect(cellToText(null)).toBe('');
    expect(cellToText(NaN)).toBe('NaN');
  });

  it('refuses what cannot be stored', () => {
    expect(outcome(parseText('abc', 2))).toBe('TOO_LONG');
    expect(outcome(parseText('a\0b', 9))).toBe('ROW_SHAPE');
    expect(outcome(parseText('a\ud83d', 9))).toBe('ROW_SHAPE');
    expect(outcome(parseText('\ude00a', 9))).toBe('ROW_SHAPE');
    expect(outcome(parseText(null, 9))).toBe('REQUIRED');
  });

  it('takes white space alone for an empty cell', () => {
    for (const cell of ['', ' ', '\t', '\u00a0', '\u3000', null, undefined]) expect(isEmptyCell(cell)).toBe(true);
    for (const cell of ['0', 0, false, ' x', 'é']) expect(isEmptyCell(cell)).toBe(false);
  });
});

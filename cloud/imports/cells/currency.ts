import { isEmptyCell, RowIssue, type Cell } from './cell';

/**
 * ISO 4217 codes with their number of decimals (the exponent). Funds and bond-market codes are included where
 * the standard gives an exponent; metals, XDR, XTS and XXX have none ("N.A.") and are therefore not currencies here.
 */
const CODES_BY_EXPONENT: Record<number, string> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW ' +
    'CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF ' +
    'IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK ' +
    'MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP ' +
    'SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG ' +
    'YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

/** Codes withdrawn since 2010 that old purchase logs still carry, with the exponent they had. */
const WITHDRAWN_BY_EXPONENT: Record<number, string> = {
  0: 'BYR',
  2: 'ANG BGN CUC EEK HRK LTL LVL MRO SLL STD VEF ZMK ZWL',
};

const EXPONENTS = indexCodes([CODES_BY_EXPONENT, WITHDRAWN_BY_EXPONENT]);

/** Decimals of a currency's minor unit (JPY 0, USD 2, KWD 3), or undefined for an unknown code. Any case, trimmed. */
export function currencyExponent(code: string): number | undefined {
  return EXPONENTS.get(code) ?? EXPONENTS.get(code.trim().toUpperCase());
}

/** A cell as an upper-case ISO 4217 code; REQUIRED when empty, INVALID_CURRENCY when unknown. */
export function parseCurrency(cell: Cell): string | RowIssue {
  if (isEmptyCell(cell)) return new RowIssue('REQUIRED', 'A currency is required.');
  if (typeof cell === 'string') {
    if (EXPONENTS.has(cell)) return cell;
    const code = cell.trim().toUpperCase();
    if (EXPONENTS.has(code)) return code;
  }
  return new RowIssue('INVALID_CURRENCY', 'Not an ISO 4217 currency code.');
}

function indexCodes(tables: Record<number, string>[]): ReadonlyMap<string, number> {
  const index = new Map<string, number>();
  for (const table of tables) {
    for (const [exponent, codes] of Object.entries(table)) {
      for (const code of codes.split(' ')) index.set(code, Number(exponent));
    }
  }
  return index;
}

/** Letters in the width of ideographs, or in half of it. */
const WIDE_OR_NARROW = /[\u3000\uff00-\uffef]+/gu;
const BLANKS = /\p{Zs}/gu;

/** A name in one width and form, its letters as they are: the UsernameCasePreserved profile of RFC 8265. */
export function prepareName(name: string): string {
  return name
    .replace(WIDE_OR_NARROW, (letters) => letters.normalize('NFKC'))
    .replace(BLANKS, ' ')
    .trim()
    .normalize('NFC');
}

/**
 * What two spellings of one name have in common, and nobody else's: the UsernameCaseMapped profile of RFC 8265.
 * Names and e-mail addresses are compared by it.
 */
export function nameKey(name: string): string {
  return prepareName(name).toLowerCase().normalize('NFC');
}

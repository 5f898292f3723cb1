import { createHash, randomUUID } from 'node:crypto';
import passwords from 'parse-server/lib/password';
import { bcrypt } from './bcrypt';
import { preparePassword } from './password-text';

/** bcrypt reads 72 bytes, the NUL at the end among them: two that are longer may be one to it. */
const BCRYPT_BYTES = 71;
/** Marks the hash of a longer one, which is bcrypt of its SHA-384. Others are as Parse Server writes them. */
const DIGESTED = 'sha384:';
/** All halves are one byte sequence to a hash. */
const HALF = /\p{Cs}/u;

/** Of a long password that was hashed by bcrypt alone, which knows its first 72 bytes. */
export function isCut(password: string, known: string): boolean {
  const prepared = preparePassword(password);
  return prepared !== undefined && isLong(prepared) && !known.startsWith(DIGESTED);
}

/**
 * Parse Server hashes and compares through this one module: every door, ours too, prepares the same way. Called once a process.
 * @param cost of new hashes, log2 of bcrypt's rounds
 */
export async function preparePasswords(cost: number): Promise<void> {
  const { compare } = passwords;
  // Compared for an unknown name: it has to take as long as one that is known.
  passwords.dummyHash = await bcrypt(randomUUID(), cost);
  passwords.hash = async (password) => {
    const prepared = preparePassword(password);
    if (prepared === undefined) throw new TypeError('A password that cannot be prepared is not hashed.');
    return isLong(prepared) ? DIGESTED + (await bcrypt(digestOf(prepared), cost)) : bcrypt(prepared, cost);
  };
  passwords.compare = async (password, known) => {
    const prepared = preparePassword(password);
    if (known?.startsWith(DIGESTED)) {
      const isSame = await compare(digestOf(prepared ?? ''), known.slice(DIGESTED.length));
      return isSame && prepared !== undefined;
    }
    if (prepared !== undefined && !isLong(prepared)) {
      const isSame = await compare(prepared, known);
      if (isSame || prepared === password) return isSame;
    }
    // Hashed as it came, before texts were prepared: good until the password changes.
    return (await compare(password, known)) && !HALF.test(password);
  };
}

const isLong = (prepared: string): boolean => Buffer.byteLength(prepared) > BCRYPT_BYTES;
const digestOf = (prepared: string): string => createHash('sha384').update(prepared).digest('base64');

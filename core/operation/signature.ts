import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors';
import type { RawBody } from './raw-body';

export interface SignedRequest {
  raw: RawBody;
  /** Checked: of the path and the query. */
  input: unknown;
  now: Date;
  /** Remote address, for limits: a signed request is charged to nobody where it enters. */
  ip: string;
}

/**
 * Says whose signature a request carries, or refuses it. What it returns names the signed request: the same again is
 * answered from the first one's answer and carried out once. Undefined where the operation itself tells repetitions.
 * @throws AppError UNAUTHORIZED
 */
export type VerifySignature = (request: SignedRequest) => Promise<string | undefined>;

export interface HmacOptions {
  /** Its value: `t=<Unix seconds>,v1=<hex>`; several v1 while a secret is changed. */
  header: string;
  /** Undefined where the sender is not known; that is told no other way than a wrong signature. */
  secretOf: (request: SignedRequest) => Promise<string | undefined>;
  /** How old or early a signature may be. @defaultValue 300 */
  toleranceSeconds?: number;
}

const FORM = /^t=(\d{1,12})((?:,v1=[0-9a-f]{64}){1,4})$/;
/** Compared with where nobody is known, so that both take the same time. */
const NOBODY = 'nobody';

/** HMAC-SHA256 over `<t>.<body>`. */
export function hmacSignature({ header, secretOf, toleranceSeconds = 300 }: HmacOptions): VerifySignature {
  return async (request) => {
    const [, time = '', given = ''] = FORM.exec(request.raw.header(header) ?? '') ?? [];
    const isTimely = Math.abs(request.now.getTime() / 1000 - Number(time)) <= toleranceSeconds;
    if (!time || !isTimely) throw refused();
    const secret = await secretOf(request);
    const right = createHmac('sha256', secret ?? NOBODY)
      .update(`${time}.`)
      .update(request.raw.bytes)
      .digest();
    const isRight = given
      .split(',v1=')
      .slice(1)
      .map((hex) => timingSafeEqual(Buffer.from(hex, 'hex'), right))
      .includes(true);
    if (!isRight || secret === undefined) throw refused();
    return `${time}.${right.toString('hex')}`;
  };
}

/** One text for every fault: whoever guesses learns nothing. */
function refused(): AppError {
  return new AppError('UNAUTHORIZED', 'The signature is missing, wrong or too old.');
}

import Parse from 'parse/node';
import { Client, type LiveSocket } from 'parse-server/lib/LiveQuery/Client';
import { AppError, ERROR_CODES, toAppError } from '../../core/errors';
import { log } from '../../core/log';

export interface Refusal {
  code: number;
  message: string;
  /** Ours, not the client's: the same may succeed in a moment. */
  isFault: boolean;
}

/** An error as the protocol tells it; what we do not know is logged and told without its text. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Parse.Error) return { code: error.code, message: error.message, isFault: false };
  const known = toAppError(error);
  const isFault = known.status >= 500;
  if (isFault) log().error({ err: error }, 'LiveQuery failed.');
  return { code: ERROR_CODES[known.code].parse, message: known.message, isFault };
}

/** `reconnect: false`: the client shall not try the same again. */
export function refuse(socket: LiveSocket, { code, message }: Pick<Refusal, 'code' | 'message'>, id?: number): void {
  Client.pushError(socket, code, message, false, id);
}

export function forbidden(message: string): AppError {
  return new AppError('FORBIDDEN', message);
}

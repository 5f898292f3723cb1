import { guardJson } from './input';
import { parseJson } from './parse-json';

/** A body byte for byte as it came, for operations with `body: 'raw'`: what a signature was made over. */
export class RawBody {
  constructor(
    readonly bytes: Buffer,
    /** Names in lower case. */
    readonly headers: Readonly<Record<string, string | string[] | undefined>>,
  ) {}

  header(name: string): string | undefined {
    const value = this.headers[name.toLowerCase()];
    return typeof value === 'string' ? value : undefined;
  }

  /** @throws AppError VALIDATION_ERROR also for JSON that no contract can mean */
  json(): unknown {
    const value = parseJson(this.bytes);
    guardJson(value);
    return value;
  }
}

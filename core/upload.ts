/** A request body that was stored while it streamed in; the bytes are on disk (fsync) when this exists. */
export interface Upload {
  /** Absolute path below DATA_DIR/uploads; the operation that takes the upload owns the file from then on. */
  path: string;
  sizeBytes: number;
  /** Hexadecimal, of the stored bytes. */
  sha256: string;
  /** As the client named it: a hint for the format and for people, never a path. */
  fileName: string;
  contentType: string;
  /** The first bytes (at most 64 KiB), for detecting the format and reading the header without opening the file. */
  firstBytes: Buffer;
}

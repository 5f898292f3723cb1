import type { Readable } from 'node:stream';

export interface ByteRange {
  start: number;
  /** Inclusive. */
  end: number;
}

/** What a handler of an operation with `answer: 'file'` returns. */
export class FileAnswer {
  constructor(
    readonly file: {
      /** As people shall see it; any text, it is made safe for the header. */
      name: string;
      contentType: string;
      sizeBytes: number;
      /** Of just these bytes, quotes included; without one a range is never continued safely. */
      etag?: string;
      /** Shown where the browser can; by default it is saved. */
      isInline?: boolean;
      /** Not called for HEAD. The stream is destroyed when the client leaves. */
      open: (range?: ByteRange) => Readable | Promise<Readable>;
    },
  ) {}
}

export interface ServerEvent {
  /** Comes back as `Ctx.lastEventId` when the client connects again. */
  id?: string;
  event?: string;
  /** Sent as JSON. */
  data: unknown;
}

/** What a handler of an operation with `answer: 'events'` returns. */
export class EventsAnswer {
  constructor(
    /** @param signal aborted when the client leaves and when the server ends; the iteration shall end then */
    readonly events: (signal: AbortSignal) => AsyncIterable<ServerEvent>,
    readonly options: { heartbeatMs?: number } = {},
  ) {}
}

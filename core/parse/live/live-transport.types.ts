/** Carries texts to all processes of this deployment, the sender included, in the order of sending. */
export interface LiveTransport {
  /** Lost while there is no connection. */
  send(text: string): void;
  isUp(): boolean;
  close(): Promise<void>;
}

export interface TransportEvents {
  onText(text: string): void;
  /** Each time a connection stands, the first included. */
  onUp(): void;
}

export type OpenTransport = (events: TransportEvents) => Promise<LiveTransport>;

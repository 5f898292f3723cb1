import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface Delivery {
  from: string;
  to: string[];
  raw: string;
  header(name: string): string | undefined;
  /** The first link of its text. */
  link(): string;
}

/** What the server does with a mail to an address; it gets the number of the try, from 1. */
type Manner = (tries: number) => 'take' | 'drop' | 'hold' | { code: number; text: string };

export interface MailServer {
  port: number;
  /** Mails that were taken, oldest first. */
  to(address: string): Delivery[];
  tries(address: string): number;
  treat(address: string, manner: Manner): void;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A real mail server on loopback that takes everything, unless it is told otherwise for an address. */
export async function startMailServer(): Promise<MailServer> {
  const taken: Delivery[] = [];
  const tries = new Map<string, number>();
  const manners = new Map<string, Manner>();
  let port = 0;
  let server: SMTPServer;

  const build = (): SMTPServer =>
    new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      disableReverseLookup: true,
      logger: false,
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const to = session.envelope.rcptTo.map(({ address }) => address);
          const { address: from } = session.envelope.mailFrom as { address: string };
          const n = (tries.get(to[0]!) ?? 0) + 1;
          tries.set(to[0]!, n);
          const manner = manners.get(to[0]!)?.(n) ?? 'take';
          if (manner === 'drop') return void (server as any).connections.forEach((one: any) => one.close?.());
          if (manner !== 'take' && manner !== 'hold')
            return done(Object.assign(new Error(manner.text), { responseCode: manner.code }));
          taken.push(deliveryOf(from, to, Buffer.concat(chunks).toString('utf8')));
          if (manner === 'take') done();
        });
      },
    });
  const start = async (): Promise<void> => {
    server = build();
    // A client that dies in the middle is part of the tests.
    server.on('error', () => undefined);
    server.listen(port, '127.0.0.1');
    await once(server.server, 'listening');
    port = (server.server.address() as AddressInfo).port;
  };
  await start();
  return {
    get port() {
      return port;
    },
    to: (address) => taken.filter((mail) => mail.to.includes(address)),
    tries: (address) => tries.get(address) ?? 0,
    treat: (address, manner) => void manners.set(address, manner),
    start,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function deliveryOf(from: string, to: string[], raw: string): Delivery {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ');
  return {
    from,
    to,
    raw,
    header: (name) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim(),
    link: () => {
      // Quoted-printable, as far as a link needs it.
      const text = raw.replace(/=\r\n/g, '').replace(/=3D/g, '=');
      return /^[a-z][a-z0-9+.-]*:\/\/\S+$/im.exec(text.replace(/\r\n/g, '\n'))![0];
    },
  };
}

import type { Ctx } from './context';
import type { AnyDueTable } from './due/registry';
import type { Consumer, EventSource, EventType } from './events/event.types';
import type { ClassDefinition } from './schema/class-definition';
import type { TableDefinition } from './schema/table-definition';
import type { JobDefinition, ProviderLimit, QueueDefinition } from './job';
import type { Loop } from './loop';
import type { ProcessRole } from './process';
import type { RequestListeners } from './listeners';
import type { MailComposer } from './mail/composer';
import type { Operation } from './operation/operation';
import type { BusinessRoles } from './roles';
import type { TriggerRegistry } from './triggers';

/** A folder below cloud/, as the frame sees it. `cloud/features.ts` lists them all. */
export interface Feature extends RequestListeners {
  name: string;
  /** Platform roles that it adds; their names are declared in {@link BusinessRoles}. */
  roles?: readonly (keyof BusinessRoles)[];
  operations?: readonly Operation[];
  classes?: readonly ClassDefinition[];
  /** Tables that Parse does not know: derived figures, queues of marks, stored replies. */
  tables?: readonly TableDefinition[];
  /** Queues that it owns; {@link QueueDefinition.share} says how much may run at once. */
  queues?: readonly QueueDefinition[];
  /** Of what its jobs call on outside. */
  limits?: readonly ProviderLimit[];
  jobs?: readonly JobDefinition[];
  /** Tables of rows that are worked on at a time, such as deliveries; each brings its table and the job that works it off. */
  due?: readonly AnyDueTable[];
  /** Kinds of events that it causes. */
  eventTypes?: readonly EventType[];
  /** Classes of which a change is an event. */
  eventSources?: readonly EventSource[];
  /** Whoever acts on events, its own or others'. */
  consumers?: readonly Consumer[];
  /** Mails that are written when they are sent, by kind: their text holds what must not be stored, such as a token. */
  mails?: Readonly<Record<string, MailComposer>>;
  /**
   * Jobs that an admin starts or schedules in Parse Dashboard, by name. The text they return is
   * shown there. They call the same services as everything else.
   */
  parseJobs?: Readonly<Record<string, (ctx: Ctx) => Promise<string>>>;
  /** Called once at boot, before requests: registers trigger handlers with `on(...)`. */
  triggers?: (registry: TriggerRegistry) => void;
  /** Once, after schema and tables exist, in the web process only: first rows (default tenant, admin). */
  seed?: () => Promise<void>;
  /** Background loops; the frame starts them after `seed` and ends them with the process. */
  loops?: readonly Loop[];
  /** What else a process begins, after its loops; the returned function ends it. */
  start?: (role: ProcessRole) => Promise<() => Promise<void>>;
}

import type { ClassDefinition } from '../../../core/schema/class-definition';
import { ROLES_OF, type ActorName } from './actors';
import type { Effect, Verb } from './object-doors';

const PLATFORM_ADMINS: readonly ActorName[] = ['admin', 'super_admin', 'master'];
/** Those whose tenant the row belongs to. */
const INSIDE: readonly ActorName[] = [
  'tenant:member',
  'tenant:admin',
  'tenant:owner',
  'analyst',
  'support',
  'sales',
  ...PLATFORM_ADMINS,
];

/** The presets of contract 4, for a row in the tenant of the cast. */
export function expectedEffect(definition: ClassDefinition, verb: Verb, actor: ActorName): Effect {
  return allowedFor(definition, verb).includes(actor) ? 'yes' : 'no';
}

function allowedFor(definition: ClassDefinition, verb: Verb): readonly ActorName[] {
  const isReading = verb === 'get' || verb === 'find';
  switch (definition.access) {
    case 'priv':
      return ['master'];
    case 'log':
      if (isReading) return PLATFORM_ADMINS;
      // Not even the master key changes what the audit log holds.
      return definition.className === 'AuditLog' && verb !== 'create' ? [] : ['master'];
    case 'cat':
      if (isReading) return INSIDE;
      return definition.className === 'Tenant' && verb === 'delete' ? ['master'] : PLATFORM_ADMINS;
    case 'ten':
      if (isReading) return INSIDE;
      // Who has no other right writes about himself.
      if (verb === 'create' && definition.selfWriters) return INSIDE;
      return ['tenant:admin', 'tenant:owner', ...PLATFORM_ADMINS, ...(verb === 'create' ? writersOf(definition) : [])];
    case 'own':
      throw new Error('Rows of one owner are tested by themselves.');
  }
}

function writersOf(definition: ClassDefinition): ActorName[] {
  const { writers = [] } = definition;
  const names = Object.keys(ROLES_OF) as ActorName[];
  return names.filter((actor) => INSIDE.includes(actor) && ROLES_OF[actor]?.some((role) => writers.includes(role)));
}

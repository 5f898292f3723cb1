import type { OperationFacts } from '../../factories/registry';
import { ROLES_OF, type ActorName } from './actors';

export type Door = 'REST' | 'cloud function' | 'batch';
export type Verdict = 'allowed' | 'refused';

/**
 * What a contract promises, told a second time and not by the code under test. The probe names
 * somebody else, so a `selfParam` helps nobody here; that people reach themselves is a test of its own.
 */
export function expectedAccess({ access, tag }: OperationFacts, door: Door, actor: ActorName): Verdict {
  // Probes of /health may send any credentials: nobody looks at them.
  if (tag === 'Health' && door === 'REST') return 'allowed';
  // A suspended account's credentials open nothing else, not even what needs none.
  if (actor === 'suspended') return 'refused';
  if (actor === 'master') return 'allowed';
  switch (access.kind) {
    case 'public':
      return 'allowed';
    case 'operator':
      // The servers under test run with OPS_ROUTES_PUBLIC, as development does.
      return 'allowed';
    case 'user':
      return ROLES_OF[actor] ? 'allowed' : 'refused';
    // Nobody of the cast is a program; people beside the keys are named by role.
    case 'key':
    case 'roles': {
      const { roles = [] } = access;
      return (ROLES_OF[actor] ?? []).some((role) => roles.includes(role)) ? 'allowed' : 'refused';
    }
    // No probe is signed.
    case 'signed':
      return 'refused';
    default:
      throw new Error(`The role matrix has no row for access ${JSON.stringify(access)}.`);
  }
}

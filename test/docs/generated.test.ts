import path from 'node:path';
import { FEATURES } from '../../cloud/features';
import type { Actor, Ctx } from '../../core/context';
import type { Role } from '../../core/roles';
import { authorize, authorizeSelf } from '../../core/operation/access';
import type { Contract } from '../../core/operation/contract';
import { collectOperations } from '../../core/operation/registry';
import { staleFiles } from '../../scripts/generate/generated-files';
import {
  MATRIX_ACTORS,
  UNSHOWN_ROLES,
  verdictOf,
  type MatrixActor,
  type Verdict,
} from '../../scripts/generate/role-matrix';

const ROOT = path.resolve(__dirname, '../..');

let opsRoutesPublic = false;
jest.mock('../../core/config', () => ({
  ...jest.requireActual<object>('../../core/config'),
  config: () => ({ opsRoutesPublic }),
}));

describe('the generated files', () => {
  it('are what the code says', async () => {
    expect(await staleFiles(ROOT)).toEqual([]);
  });
});

describe('the role matrix', () => {
  it('has a column for every role', () => {
    expect(UNSHOWN_ROLES).toEqual([]);
  });

  it.each(MATRIX_ACTORS)('says for %s what the doors decide', (actor) => {
    for (const { contract } of collectOperations(FEATURES)) {
      expect([contract.name, verdictOf(contract.access, actor)]).toEqual([contract.name, decided(contract, actor)]);
    }
  });
});

function decided(contract: Contract, name: MatrixActor): Verdict {
  const actor = actorOf(name);
  opsRoutesPublic = false;
  // Its body decides, once it is read.
  if (contract.access.kind === 'signed') return 'signed';
  if (passes(contract, actor, 'somebody-else')) return 'allowed';
  if (passes(contract, actor, 'me')) return 'self';
  opsRoutesPublic = true;
  return passes(contract, actor, 'somebody-else') ? 'operator' : 'refused';
}

function passes(contract: Contract, actor: Actor, named: string): boolean {
  const field = contract.access.kind === 'roles' ? contract.access.selfParam : undefined;
  try {
    authorize(contract, { actor } as Ctx);
    authorizeSelf(contract, actor, field ? { [field]: named } : {});
    return true;
  } catch {
    return false;
  }
}

function actorOf(name: MatrixActor): Actor {
  if (name === 'anonymous' || name === 'master') return { kind: name };
  const roles: Role[] = name === 'user' ? [] : [name];
  return { kind: 'user', userId: 'u1', tenantId: 't1', roles, sessionId: 's1', sessionToken: 'r:1' };
}

import { MATRIX_ACTORS, matrixHeader, tableLine, type MatrixActor } from './role-matrix';

/** Verbs on the rows of a class, as the SDKs know them. */
export const OWN_CLASS_VERBS = ['create', 'get', 'find', 'update', 'delete'] as const;
export type OwnClassVerb = (typeof OWN_CLASS_VERBS)[number];

interface OwnClassKind {
  title: string;
  may: (verb: OwnClassVerb, actor: MatrixActor) => boolean;
}

const isSignedIn = (actor: MatrixActor): boolean => actor !== 'anonymous';
const PLATFORM: readonly MatrixActor[] = ['admin', 'super_admin', 'master'];
const TENANT_ADMINS: readonly MatrixActor[] = ['tenant:admin', 'tenant:owner'];

/** What an app's own class allows, by how it was made; the rows are another's, in the actor's tenant where there is one. */
export const OWN_CLASS_KINDS = {
  closed: {
    title: 'made without permissions',
    may: (_verb, actor) => actor === 'master',
  },
  public: {
    title: 'permissions for `*`; the row has no ACL',
    may: () => true,
  },
  'signed-in': {
    title: 'permissions for `requiresAuthentication`; the row has no ACL',
    may: (_verb, actor) => isSignedIn(actor),
  },
  private: {
    title: 'permissions for `requiresAuthentication`; the ACL names the row’s owner alone',
    may: (verb, actor) => (verb === 'create' ? isSignedIn(actor) : actor === 'master'),
  },
  'tenant-owned': {
    title: 'permissions for `requiresAuthentication`; a column `tenant`',
    may: (verb, actor) => {
      // In his own tenant, which everybody has.
      if (verb === 'create') return isSignedIn(actor);
      if (PLATFORM.includes(actor) || TENANT_ADMINS.includes(actor)) return true;
      return (verb === 'get' || verb === 'find') && actor === 'tenant:member';
    },
  },
} as const satisfies Record<string, OwnClassKind>;
export type OwnClassKindName = keyof typeof OWN_CLASS_KINDS;

/** The second part of docs/role-matrix.md; test/matrix/own-classes walks the same table through the doors. */
export function ownClassMatrix(): string {
  const kinds = Object.entries(OWN_CLASS_KINDS) as [OwnClassKindName, OwnClassKind][];
  const rows = kinds.flatMap(([name, { may }]) =>
    OWN_CLASS_VERBS.map((verb) => [name, verb, ...MATRIX_ACTORS.map((actor) => (may(verb, actor) ? 'yes' : '–'))]),
  );
  return [
    '# Who may do what with the rows of an app’s own class',
    '',
    'By SDK, REST, batch and GraphQL alike. How such a class is made: [own-classes.md](own-classes.md).',
    '',
    ...kinds.map(([name, { title }]) => `- ${name}: ${title}.`),
    '',
    'The row is somebody else’s, of the tenant whose member, administrator or owner the caller is. New rows of a',
    'tenant-owned class are of the caller’s own tenant, and beside its administrators he may change them.',
    '',
    tableLine(matrixHeader(['Class', 'Verb'])),
    tableLine(matrixHeader(['', '']).map(() => '---')),
    ...rows.map(tableLine),
    '',
  ].join('\n');
}

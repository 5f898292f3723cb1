import type { Role } from '../../core/roles';
import type { ClassDefinition } from '../../core/schema/class-definition';

/** Who comes to a row through Parse: an ordinary user has signed up and has no role. */
const COLUMNS = [
  'anonymous',
  'ordinary user',
  'tenant:member',
  'tenant:admin, tenant:owner',
  'analyst without membership',
  'admin, super_admin',
  'master',
] as const;
type Column = (typeof COLUMNS)[number];

const ALL = 'read, add, change, delete';
const NONE = '–';

/** What a class's preset comes to, by the guard and the ACL that it gives; test/matrix walks the same through the doors. */
function cellOf(definition: ClassDefinition, column: Column): string {
  if (column === 'anonymous') return NONE;
  const { access, className, selfWriters, writers = [] } = definition;
  const isOperator = column === 'master' || column === 'admin, super_admin';
  switch (access) {
    case 'priv':
      return column === 'master' ? ALL : NONE;
    case 'log':
      if (className === 'AuditLog' && column === 'master') return 'read, add';
      return column === 'master' ? ALL : isOperator ? 'read' : NONE;
    case 'cat':
      // A tenant is suspended, not deleted.
      if (isOperator) return className === 'Tenant' && column !== 'master' ? 'read, add, change' : ALL;
      return column === 'tenant:member' || column === 'tenant:admin, tenant:owner' ? 'read' : NONE;
    case 'own':
      return isOperator ? ALL : 'own: read, change, delete';
    case 'ten': {
      if (isOperator || column === 'tenant:admin, tenant:owner') return ALL;
      const role: Role | undefined = column === 'analyst without membership' ? 'analyst' : undefined;
      const mayAdd = role !== undefined && writers.includes(role);
      const own = selfWriters && !mayAdd ? 'own: read, add' : '';
      const cells = [column === 'tenant:member' ? 'read' : '', mayAdd ? 'add' : '', own];
      return cells.filter(Boolean).join('; ') || NONE;
    }
  }
}

/** The second table of docs/role-matrix.md: rows, through SDK, REST, batch and GraphQL. */
export function objectMatrix(classes: readonly ClassDefinition[]): string {
  const rows = classes
    .filter(({ className }) => className !== '_User' && className !== 'SelfTest')
    .sort((a, b) => (a.className < b.className ? -1 : 1))
    .map((definition) => [`\`${definition.className}\``, ...COLUMNS.map((column) => cellOf(definition, column))]);
  return [
    '# Who may do what with rows of our classes',
    '',
    'The same through the SDKs, REST, batch and GraphQL. Rows of another tenant do not exist for anybody but admins and the master key; fields of the server are the server’s, whoever writes.',
    '',
    '- own: rows that name the person. A row that somebody adds about himself (`Event`) is his to read, and his tenant’s to change.',
    '- Accounts (`_User`) and roles (`_Role`): [accounts.md](accounts.md). Classes of an app: below.',
    '',
    tableLine(['Class', ...COLUMNS]),
    tableLine(['Class', ...COLUMNS].map(() => '---')),
    ...rows.map(tableLine),
    '',
  ].join('\n');
}

const tableLine = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

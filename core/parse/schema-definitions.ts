import type { AccessPreset, ClassDefinition, FieldDefinition } from '../schema/class-definition';

type Permission = Record<string, boolean>;
interface ParseSchema {
  className: string;
  fields: Record<string, FieldDefinition>;
  classLevelPermissions: Record<string, Permission | Record<string, string[]>>;
}

const SIGNED_IN: Permission = { requiresAuthentication: true };
const NOBODY: Permission = {};
const EVERYBODY: Permission = { '*': true };
const ADMINS: Permission = { 'role:admin': true };

/** What the class allows at all; the ACL of each row and the guard of core/parse/guard.ts narrow it. */
const CLASS_PERMISSIONS: Record<AccessPreset, { read: Permission; write: Permission }> = {
  priv: { read: NOBODY, write: NOBODY },
  ten: { read: SIGNED_IN, write: SIGNED_IN },
  own: { read: SIGNED_IN, write: SIGNED_IN },
  log: { read: SIGNED_IN, write: NOBODY },
  cat: { read: SIGNED_IN, write: ADMINS },
};

/** Our class definitions in the form of Parse Server's `schema.definitions`. */
export function toParseSchemas(classes: readonly ClassDefinition[]): ParseSchema[] {
  return classes.map((definition) => ({
    className: definition.className,
    fields: {
      ...Object.fromEntries(Object.entries(definition.fields).map(([name, field]) => [name, parseField(field)])),
      ...(definition.tenant ? { tenant: { type: 'Pointer', targetClass: 'Tenant' } as const } : {}),
    },
    classLevelPermissions: permissionsOf(definition),
  }));
}

/** Parse knows no choices; the guard holds them. */
function parseField(field: FieldDefinition): FieldDefinition {
  if (!('choices' in field)) return field;
  const { choices: _choices, ...rest } = field;
  return rest;
}

function permissionsOf(definition: ClassDefinition): ParseSchema['classLevelPermissions'] {
  if (definition.className === '_User') return userPermissions(definition);
  const { read, write } = CLASS_PERMISSIONS[definition.access];
  return {
    find: read,
    get: read,
    count: read,
    create: write,
    update: write,
    delete: write,
    addField: {},
    protectedFields: { '*': [] },
  };
}

/** Of ours and Parse's in an account, what others see whom the person lets read it. The app's own fields are its own matter. */
const PUBLIC_PROFILE = new Set(['name', 'company']);
/** The username often is the address. */
const PARSE_PERSONAL = ['username', 'email', 'emailVerified', 'authData'];

/** Sign-up stays open (a plain user, see the account triggers); the ACL of each row says who reads it. */
function userPermissions({ fields }: ClassDefinition): ParseSchema['classLevelPermissions'] {
  return {
    find: EVERYBODY,
    count: EVERYBODY,
    get: EVERYBODY,
    create: EVERYBODY,
    update: SIGNED_IN,
    delete: SIGNED_IN,
    addField: {},
    protectedFields: {
      '*': [...PARSE_PERSONAL, ...Object.keys(fields).filter((name) => !PUBLIC_PROFILE.has(name))],
      'role:admin': [],
    },
  };
}

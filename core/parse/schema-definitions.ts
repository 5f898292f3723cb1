import type { AccessPreset, ClassDefinition, FieldDefinition } from '../schema/class-definition';

type Permission = Record<string, boolean>;
interface ParseSchema {
  className: string;
  fields: Record<string, FieldDefinition>;
  classLevelPermissions: Record<string, Permission | Record<string, string[]>>;
}

const SIGNED_IN: Permission = { requiresAuthentication: true };
const NOBODY: Permission = {};
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
  if (definition.className === '_User') return userPermissions();
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

/** Sign-up stays open (a plain user, see the account triggers); lists of people do not. */
function userPermissions(): ParseSchema['classLevelPermissions'] {
  return {
    find: ADMINS,
    count: ADMINS,
    get: SIGNED_IN,
    create: { '*': true },
    update: SIGNED_IN,
    delete: ADMINS,
    addField: {},
    protectedFields: { '*': [] },
  };
}

import type { Role } from '../roles';

export type FieldDefinition =
  /** `choices`: the only values it takes, whoever writes. */
  | { type: 'String'; required?: boolean; choices?: readonly string[] }
  | { type: 'Number' | 'Boolean' | 'Date' | 'Object' | 'Array'; required?: boolean }
  | { type: 'Pointer'; targetClass: string; required?: boolean };

export interface IndexDefinition {
  /** Column names, in order. */
  fields: readonly string[];
  /** Unique among rows that have all the fields: rows without one may be many, on both databases. */
  unique?: boolean;
}

/**
 * Presets of contract 4. `priv`: master key only. `ten`: read by the tenant's members, written by
 * its admins and by platform admins. `log`: read by platform admins, written by the server only.
 * `own`: read and written by the owner and platform admins. `cat`: read by signed-in users,
 * written by platform admins.
 */
export type AccessPreset = 'priv' | 'ten' | 'log' | 'own' | 'cat';

export interface ClassDefinition {
  className: string;
  fields: Readonly<Record<string, FieldDefinition>>;
  indexes?: readonly IndexDefinition[];
  access: AccessPreset;
  /** Adds `tenant` (pointer), stamps and filters by it. */
  tenant: boolean;
  /** Fields that only the server may set, whoever writes: refused from clients. */
  serverFields?: readonly string[];
  /**
   * Fields from which triggers derive others, or which they check together: a change is written only while the row
   * has in them what the triggers read, and is done again where another came first. Texts, numbers and dates.
   */
  derivesFrom?: readonly string[];
  /** Roles that may add rows beside the preset's (`ten` only), within their tenant; changing them is the tenant's admins'. */
  writers?: readonly Role[];
  /** Fields whose values the audit log keeps of a change: neither personal nor secret. */
  auditedFields?: readonly string[];
  /**
   * Clients may follow the class by LiveQuery, each the rows he may find. `polled`: its rows change
   * below Parse Server, so changes are looked for. Left out: nobody follows it.
   */
  liveQuery?: true | 'polled';
  /**
   * The field that names a person (`ten` only): everybody signed in may add rows that name himself
   * there, whatever his roles. He reads those rows, and changes none.
   */
  selfWriters?: string;
}

import type { ClassDefinition } from '../../core/schema/class-definition';
import { MEMBER_ROLES, TENANT_STATUSES } from './tenants.rules';

export const tenantClass: ClassDefinition = {
  className: 'Tenant',
  fields: {
    name: { type: 'String' },
    slug: { type: 'String' },
    /** `active` or `suspended`: then nobody of it may work, platform admins apart. */
    status: { type: 'String', choices: TENANT_STATUSES },
    owner: { type: 'Pointer', targetClass: '_User' },
    /** {time_zone: IANA name, currency: ISO 4217}; further keys are the tenant's own. */
    settings: { type: 'Object' },
    /** Requests a minute that all people of the tenant share, on top of each one's own limit; absent: none. */
    rate_limit: { type: 'Number' },
  },
  indexes: [{ fields: ['slug'], unique: true }],
  // `cat` and not `ten`: only platform admins write; who reads is narrowed by each row's ACL.
  access: 'cat',
  tenant: false,
};

export const tenantMemberClass: ClassDefinition = {
  className: 'TenantMember',
  fields: {
    user: { type: 'Pointer', targetClass: '_User' },
    role: { type: 'String', choices: MEMBER_ROLES },
  },
  indexes: [{ fields: ['tenant', 'user'], unique: true }, { fields: ['user'] }],
  access: 'ten',
  tenant: true,
};

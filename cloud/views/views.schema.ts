import type { ClassDefinition } from '../../core/schema/class-definition';

export const DASHBOARD_CONFIG_CLASS = 'DashboardConfig';

/**
 * What Parse Dashboard 9.2 saves on the server (`config.className`): one row a setting, its value in
 * the field that is named after its type.
 */
export const dashboardConfigClass: ClassDefinition = {
  className: DASHBOARD_CONFIG_CLASS,
  fields: {
    appId: { type: 'String' },
    /** `views.view.<id>` for a view. */
    key: { type: 'String' },
    /** Absent where the setting is everybody's. */
    user: { type: 'Pointer', targetClass: '_User' },
    bool: { type: 'Boolean' },
    string: { type: 'String' },
    number: { type: 'Number' },
    array: { type: 'Array' },
    object: { type: 'Object' },
  },
  indexes: [{ fields: ['appId', 'key'] }],
  access: 'priv',
  tenant: false,
};

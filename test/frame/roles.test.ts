import { FEATURES } from '../../cloud/features';
import { collectRoles, platformRoles } from '../../core/roles';

describe('roles of features', () => {
  test('come after the administrators, in the order of the features', () => {
    collectRoles(FEATURES);
    expect(platformRoles()).toEqual(['super_admin', 'admin', 'support', 'sales', 'analyst']);
  });

  test('a role that two features claim, or the frame has itself, stops the boot', () => {
    expect(() => collectRoles([{ roles: ['analyst'] }, { roles: ['sales', 'analyst'] }])).toThrow(
      'Two features claim the role "analyst".',
    );
    expect(() => collectRoles([{ roles: ['admin' as 'analyst'] }])).toThrow('Two features claim the role "admin".');
  });
});

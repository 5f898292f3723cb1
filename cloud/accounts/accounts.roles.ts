/** Platform roles of the business (contract 10), beside the administrators that the frame knows. */
export const BUSINESS_ROLES = ['support', 'sales', 'analyst'] as const;

declare module '../../core/roles' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- an interface, to be merged
  interface BusinessRoles extends Record<(typeof BUSINESS_ROLES)[number], true> {}
}

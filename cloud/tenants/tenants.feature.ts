import type { Feature } from '../../core/feature';

/** Tenants and who belongs to them. */
export const tenantsFeature: Feature = { name: 'tenants' };

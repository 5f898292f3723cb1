import type { Feature } from '../../core/feature';

/** People: sign-in, accounts, roles (A01–A04, A06–A10, erasure). */
export const accountsFeature: Feature = { name: 'accounts' };

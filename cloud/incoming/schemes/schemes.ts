import { github } from './github';
import { own } from './own';
import type { Scheme } from './scheme';
import { shopify } from './shopify';
import { standard } from './standard';
import { stripe } from './stripe';
import type { SchemeName } from '../incoming.schema';

/** Another sender is a file here and a name in the schema. */
export const SCHEMES: Readonly<Record<SchemeName, Scheme>> = {
  own,
  'standard-webhooks': standard,
  stripe,
  shopify,
  github,
};

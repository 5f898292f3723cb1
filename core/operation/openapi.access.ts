import type { Access } from './contract';
import type { JsonObject } from './openapi.schemas';

/** Who may call, in one sentence, for the API page. */
export function describeAccess(access: Access): string {
  switch (access.kind) {
    case 'public':
      return 'Who may call: anybody.';
    case 'user':
      return 'Who may call: every signed-in, active user.';
    case 'operator':
      return 'Who may call: admin, super_admin; anybody where OPS_ROUTES_PUBLIC is on (the default outside production).';
    case 'key': {
      const people = access.roles ? `; and people: ${access.roles.join(', ')}` : '';
      return `Who may call: API keys with the scopes ${access.scopes.join(', ')}${people}.`;
    }
    case 'signed':
      return `Who may call: ${access.by}, by a signature over the body.`;
    case 'roles': {
      const self = access.selfParam ? `; a person about himself, where \`${access.selfParam}\` names him` : '';
      return `Who may call: ${access.roles.join(', ')}${self}.`;
    }
  }
}

const CREDENTIALS: readonly JsonObject[] = [{ bearerAuth: [] }, { sessionToken: [] }];

/** OpenAPI's security requirement: alternatives, of which `{}` means none is needed. */
export function securityOf(access: Access): readonly JsonObject[] {
  if (access.kind === 'public') return [];
  if (access.kind === 'signed') return [{ signature: [] }];
  if (access.kind === 'key') return [{ apiKey: [...access.scopes] }, ...(access.roles ? CREDENTIALS : [])];
  return access.kind === 'operator' ? [{}, ...CREDENTIALS] : CREDENTIALS;
}

export const SECURITY_SCHEMES: Readonly<Record<string, JsonObject>> = {
  bearerAuth: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The `access_token` of the login.',
  },
  sessionToken: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Parse-Session-Token',
    description: 'A session token of the Parse SDKs.',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'A key of a program; each operation names the scopes that it needs.',
  },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Signature',
    description: 'A signature over the body as it is sent; the operation describes it.',
  },
  parseAppId: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Parse-Application-Id',
    description: 'Names the application on the Parse API; not a secret.',
  },
};

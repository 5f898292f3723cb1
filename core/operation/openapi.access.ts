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
  parseAppId: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Parse-Application-Id',
    description: 'Names the application on the Parse API; not a secret.',
  },
};

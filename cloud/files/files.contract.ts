import { z } from 'zod';
import { defineContract } from '../../core/operation/contract';

const input = z.object({ name: z.string().min(1).max(400).describe('As the upload answered it.') });

export const getFileLinkContract = defineContract({
  name: 'getFileLink',
  summary: 'A link to a file, for ten minutes',
  description:
    'For what cannot send a session (an image of a page, a player, an SDK’s own download). Whoever holds the link reads ' +
    'the file until `expires_at`. Private files give one to their owner and to administrators.',
  tag: 'Files',
  rest: { method: 'GET', path: '/files/{name}/link', status: 200 },
  cloud: true,
  access: { kind: 'user' },
  input,
  output: z.object({ url: z.string(), expires_at: z.iso.datetime() }),
  errors: ['NOT_FOUND', 'SERVICE_UNAVAILABLE'],
  idempotency: 'none',
});

export const deleteFileContract = defineContract({
  name: 'deleteFile',
  summary: 'Remove a file of one’s own',
  description: 'The person who stored it, and administrators. Objects that name the file keep its name.',
  tag: 'Files',
  rest: { method: 'DELETE', path: '/files/{name}', status: 200 },
  cloud: true,
  access: { kind: 'user' },
  input,
  output: z.object({ success: z.literal(true) }),
  errors: ['NOT_FOUND', 'SERVICE_UNAVAILABLE'],
  idempotency: 'none',
});

import { z } from 'zod';

/** No list is that long; beyond it the arithmetic of a database would be asked, not its rows. */
const MAX_PAGE = 1_000_000;
const MAX_OFFSET = 1_000_000_000;

export interface PageRequest {
  page?: number | undefined;
  offset?: number | undefined;
  limit: number;
}

/**
 * The input of a list: its own filters, `limit`, and `page` (from 1) or `offset` (from 0).
 * @param limit by default, and at most: contract 2.0 says 20 and 100 for pages, 100 and 1,000 for data
 */
export function listInput<S extends z.ZodRawShape>(filters: S, limit: { byDefault: number; atMost: number }) {
  const shape = {
    ...filters,
    page: z.int().min(1).max(MAX_PAGE).optional().describe('From 1, which is the default; instead of `offset`.'),
    offset: z.int().min(0).max(MAX_OFFSET).optional().describe('Entries to skip; instead of `page`.'),
    limit: z.int().min(1).max(limit.atMost).default(limit.byDefault).describe('Entries of one answer, at most.'),
  };
  return z.strictObject(shape).refine((input) => !isGivenTwice(input as PageRequest), {
    path: ['offset'],
    message: 'must not be given together with page',
  });
}

/** What the answer of a list says beside its entries. */
export const pageOutput = {
  total: z.int().min(0).describe('Entries in all, counted exactly.'),
  page: z.int().min(1).describe('Where the answer begins, in pages of `limit`.'),
  limit: z.int().min(1),
  offset: z.int().min(0).describe('Where the answer begins, in entries.'),
} as const;

/** Entries before the asked ones. */
export function offsetOf({ page = 1, offset, limit }: PageRequest): number {
  return offset ?? (page - 1) * limit;
}

/** The fields of {@link pageOutput} for an answer. */
export function pageOf(
  request: PageRequest,
  total: number,
): { total: number; page: number; limit: number; offset: number } {
  const offset = offsetOf(request);
  const { limit } = request;
  return { total, page: Math.floor(offset / limit) + 1, limit, offset };
}

const isGivenTwice = ({ page, offset }: PageRequest): boolean => page !== undefined && offset !== undefined;

import { z } from 'zod';
import { FIELD_DOCS } from './field-docs';

const DATA_TYPES = Object.keys(FIELD_DOCS);
const fieldName = z.string().min(1).max(128);

/** Options of an import (contract 2.8), the same over every door. */
export const importOptions = z.strictObject({
  data_type: z
    .union([z.enum(DATA_TYPES), z.string().regex(/^class:[A-Za-z_][A-Za-z0-9_]{0,127}$/)], {
      error: ({ input }) =>
        input === undefined ? undefined : `must be one of ${DATA_TYPES.join(', ')}, or class:<Name>`,
    })
    .meta({ description: 'What the rows are: one of the named types, or class:<Name>.' }),
  format: z.enum(['csv', 'json', 'ndjson', 'xlsx']).optional(),
  mapping: z
    .record(fieldName, z.string().min(1).max(256))
    .optional()
    .meta({ description: 'Field to column. Fields that are not mapped are taken by equal name.' }),
  defaults: z
    .record(fieldName, z.union([z.string().max(1000), z.number(), z.boolean()]))
    .optional()
    .meta({ description: 'Value of a field where the column is missing or the cell empty.' }),
  rules: z.array(z.record(z.string(), z.unknown())).max(100).optional(),
  mode: z.enum(['insert', 'update', 'upsert']).optional(),
  key: z.array(fieldName).max(8).optional().meta({ description: 'Fields that identify a row in update and upsert.' }),
  dry_run: z.boolean().optional(),
  preview: z.int().min(0).max(1000).optional(),
  effects: z.boolean().optional().meta({
    description: 'True: each row that is stored or changed is an event, as if it had been saved. Default: false.',
  }),
  time_zone: z.string().min(1).max(64).optional().meta({ description: 'IANA zone of dates without an offset.' }),
  strict: z.boolean().optional(),
  amount_is: z.enum(['line', 'order']).optional().meta({
    description: 'Purchases: whether amount is that of the line, or the total of its order. Default: detected.',
  }),
  source_name: z.string().min(1).max(200).optional(),
  tenant: z.string().min(1).max(64).optional().meta({ description: 'Platform admins only: id or slug.' }),
});
export type ImportOptionsInput = z.output<typeof importOptions>;

import type { Feature } from '../../core/feature';
import { fileOperations } from './files.operations';
import { filesTable } from './files.store';

/** Files of Parse: who may store, read and remove them. Where they lie is core/files. */
export const filesFeature: Feature = { name: 'files', operations: fileOperations, tables: [filesTable] };

import type { Express } from 'express';
import type { Operation } from '../core/operation/operation';

/** OpenAPI and its page. */
export function mountApiDocs(_app: Express, _operations: readonly Operation[]): void {}

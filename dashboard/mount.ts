import type { Express } from 'express';

/** Parse Dashboard at /dashboard. */
export function mountDashboard(_app: Express): void {}

import type { Feature } from '../core/feature';
import { frameFeature } from '../core/frame';

/** The one list of features. A new feature is its folder and a line here. */
export const FEATURES: readonly Feature[] = [frameFeature];

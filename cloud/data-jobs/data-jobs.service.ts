/** What a kind needs of the life that all data jobs share: README.md. */
export { findDataJob, startDataJob, storeDataJob } from './accept';
export { Interruption } from './interruption';
export type { JobChange, JobRow } from './job-row';
export {
  defineDataJob,
  type DataJobEnd,
  type DataJobFeature,
  type DataJobPage,
  type DataJobRun,
  type Remains,
} from './kind';
export { updateHeld } from './run/held';

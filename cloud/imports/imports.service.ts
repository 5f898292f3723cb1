export { submitBatch } from './submit.service';

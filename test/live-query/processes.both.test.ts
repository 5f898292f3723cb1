import { describeAcrossProcesses } from './support/across-processes';

// PostgreSQL's notifications in the one lane; Redis beside MongoDB in the other.
describeAcrossProcesses();

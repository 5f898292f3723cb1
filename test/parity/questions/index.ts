import type { Question } from '../support/question';
import { ACCESS } from './access';
import { BATCHES } from './batches';
import { DEVICES } from './devices';
import { ERRORS } from './errors';
import { FILES } from './files';
import { FUNCTIONS } from './functions';
import { GRAPHQL } from './graphql';
import { OBJECTS } from './objects';
import { AGGREGATES, ODD_QUERIES } from './odd-queries';
import { OPERATIONS } from './operations';
import { QUERIES } from './queries';
import { SCHEMAS } from './schemas';
import { TRIGGERS } from './triggers';
import { USERS } from './users';

export const QUESTIONS: readonly Question[] = [
  ...OBJECTS,
  ...QUERIES,
  ...ODD_QUERIES,
  ...AGGREGATES,
  ...OPERATIONS,
  ...ACCESS,
  ...USERS,
  ...DEVICES,
  ...FUNCTIONS,
  ...TRIGGERS,
  ...BATCHES,
  ...FILES,
  ...GRAPHQL,
  ...SCHEMAS,
  ...ERRORS,
];

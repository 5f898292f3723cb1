// Its questions run in plain Node processes, so they are CommonJS.
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Question } from '../support/question';

interface SdkQuestion {
  name: string;
  differs?: NonNullable<Question['differs']>;
}

const { allSdkQuestions } = createRequire(path.join(__dirname, 'index.ts'))('./all.cjs') as {
  allSdkQuestions: SdkQuestion[];
};

export const SDK_QUESTIONS: readonly SdkQuestion[] = allSdkQuestions;

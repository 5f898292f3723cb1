import { getFunctionNames, getJobs, getTrigger, Types } from 'parse-server/lib/triggers';
import { config } from '../config';

export interface RegisteredCode {
  functions: readonly string[];
  jobs: readonly string[];
  /** `beforeSave` of `Purchase`, and so on. */
  triggers: readonly { type: string; className: string }[];
}

/** Parse's registry has triggers that belong to no class under these names. */
const PSEUDO_CLASSES = ['@File', '@Config', '@Connect'];

/** What cloud code (ours and the host application's) and webhooks have registered in this process. */
export function registeredCode(classNames: readonly string[]): RegisteredCode {
  const { parseAppId } = config();
  const types = Object.values(Types).sort();
  const names = [...new Set([...classNames, ...PSEUDO_CLASSES])].sort();
  return {
    functions: getFunctionNames(parseAppId).sort(),
    jobs: registeredJobs(),
    triggers: names.flatMap((className) =>
      types.filter((type) => getTrigger(className, type, parseAppId)).map((type) => ({ type, className })),
    ),
  };
}

/** The jobs that can be started, by name. */
export function registeredJobs(): string[] {
  return Object.keys(getJobs(config().parseAppId) ?? {}).sort();
}

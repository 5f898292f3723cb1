import { config } from '../../core/config';
import { AppError } from '../../core/errors';
import { invalidField } from '../../core/operation/issues';
import { isOwnClass } from '../../core/parse/product-classes';
import { FACTS } from '../facts/facts';

const BY_NAME = new Map(
  FACTS.flatMap(({ className, dataType }) => [[className, className] as const, [dataType, className] as const]),
);
const ACCOUNTS = new Set(['_User', 'User', 'users', '_Role', '_Session', '_Installation']);
const CLASS_NAME = /^[A-Za-z]\w{0,127}$/;

/**
 * The class that a collection is: its name, or the data type of a fact (`customers`). Facts and the classes of the app
 * built on this server may be kept in step, or those of them that PARSE_SYNC_CLASSES names; nothing else ever: what is
 * ours (roles, tenants, endpoints, jobs) decides who may do what.
 * @throws AppError VALIDATION_ERROR, FORBIDDEN
 */
export function syncedClass(collection: string, path = 'collection'): string {
  if (ACCOUNTS.has(collection)) {
    throw new AppError('FORBIDDEN', `${collection} is not kept in step; accounts: POST /api/integrations/parse/users.`);
  }
  const className = BY_NAME.get(collection) ?? collection;
  if (!CLASS_NAME.test(className) && !className.startsWith('_')) {
    throw invalidField(path, 'wrong_format', 'must be the name of a class');
  }
  const allowed = config().integrations.parseClasses;
  const mayEver = isFact(className) || (isOwnClass(className) && !className.startsWith('_'));
  if (!mayEver || (allowed && !allowed.includes(className))) {
    throw new AppError('FORBIDDEN', `The class ${className} is not one of those that are kept in step.`, {
      details: { collection },
    });
  }
  return className;
}

const isFact = (className: string): boolean => BY_NAME.get(className) === className;

/** Of those that PARSE_SYNC_CLASSES names, or that there are. */
export function mayBeSynced(className: string): boolean {
  const allowed = config().integrations.parseClasses;
  return (isFact(className) || isOwnClass(className)) && (!allowed || allowed.includes(className));
}

import type { Document } from 'mongodb';
import { valuesOf, type FactValues } from '../../../facts/define';
import type { DataType } from '../../convert/data-type';

/** A row, stored or about to be, as events see it: pointers by their ids. */
export function eventValues({ fact }: DataType, document: Document): FactValues {
  return valuesOf(fact, (name) => {
    const isPointer = fact.fields[name]?.kind === 'person';
    return isPointer ? (document[`_p_${name}`] as string | undefined)?.split('$')[1] : (document[name] as unknown);
  });
}

/** A stored row as the rules of its fact see it. Pointers are told apart, not looked at. */
export function storedValues({ fact }: DataType, document: Document): FactValues {
  return valuesOf(fact, (name) => document[fact.fields[name]?.kind === 'person' ? `_p_${name}` : name] as unknown);
}

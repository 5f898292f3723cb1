import type { Document } from 'mongodb';
import { valuesOf, type FactValues } from '../../../facts/define';
import type { DataType } from '../../convert/data-type';

/** A stored row as the rules of its fact see it. Pointers are told apart, not looked at. */
export function storedValues({ fact }: DataType, document: Document): FactValues {
  return valuesOf(fact, (name) => document[fact.fields[name]?.kind === 'person' ? `_p_${name}` : name] as unknown);
}

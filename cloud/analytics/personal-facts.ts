import { FACTS } from '../facts/facts';

/** A class of facts whose rows name people of one kind. */
export interface NamingFact {
  className: string;
  dataType: string;
  /** The pointer to the person. */
  field: string;
  dateField: string | undefined;
  /** Fields that may tell of the person by themselves: an erasure empties them as well. */
  personal: readonly string[];
}

function factsNaming(target: 'Customer' | '_User'): NamingFact[] {
  return FACTS.flatMap(({ className, dataType, dateField, fields }) => {
    const all = Object.entries(fields);
    const personal = all.filter(([, { isPersonal }]) => isPersonal).map(([name]) => name);
    const pointers = all.filter(([, field]) => field.target === target);
    return pointers.map(([field]) => ({ className, dataType, field, dateField, personal }));
  });
}

export const CUSTOMER_FACTS = factsNaming('Customer');
export const USER_FACTS = factsNaming('_User');

/** Facts on whose day figures depend. */
export const DATED_FACTS = FACTS.flatMap(({ className, dateField }) => (dateField ? [{ className, dateField }] : []));

/** What a row of Customer itself says of the person. */
export const CUSTOMER_TEXTS: readonly string[] = [
  ...FACTS.filter(({ className }) => className === 'Customer').flatMap(({ fields }) =>
    Object.keys(fields).filter((name) => fields[name]!.isPersonal),
  ),
  'unique_key',
];

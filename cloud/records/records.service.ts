/** What other folders may use of the records. */
export { MAX_PROPERTIES_BYTES, MAX_TEXT_LENGTH } from './records.rules';

import { maximumOf, type FactField } from '../../facts/define';
import { fileNameOf } from '../../facts/names';
import { FACTS } from '../../facts/facts';
import { LINES } from './lines';

/** What each field of a data type holds, for docs/imports.md and the API page. `*` marks what is required. */
export const FIELD_DOCS: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.fromEntries(
  FACTS.map(({ className, dataType, businessId, fields }) => {
    const lines = LINES[className];
    const docs = Object.entries(fields).flatMap(([name, field]) => {
      const isKey = name === businessId && !lines;
      return [...docOf(name, field, isKey), ...Object.entries(lines?.fieldsAfter[name] ?? {}).flatMap(lineDoc)];
    });
    return [dataType, Object.fromEntries(docs)];
  }),
);

function lineDoc([name, field]: [string, FactField]): [string, string][] {
  return docOf(name, field, false);
}

function docOf(name: string, field: FactField, isKey: boolean): [string, string][] {
  if (field.isUnfiled || field.kind === 'list' || field.kind === 'server') return [];
  const words = [`${wordsOf(field)}${isKey ? ', one row each' : ''}`, ...(field.doc ? [field.doc] : [])];
  return [[fileNameOf(name, field), `${field.required ? '* ' : ''}${words.join('; ')}`]];
}

function wordsOf(field: FactField): string {
  const { kind, target, choices = [], byDefault } = field;
  const maximum = maximumOf(field).toLocaleString('en-US');
  switch (kind) {
    case 'date':
      return 'date or instant';
    case 'currency':
      return 'ISO 4217 code';
    case 'money':
      return 'decimal in major units';
    case 'number':
      return 'decimal';
    case 'json':
      return `a JSON object as text of at most ${maximum} bytes, no keys with \`$\` or \`.\``;
    case 'choice': {
      const shown = choices.map((choice) => `\`${choice}\`${choice === byDefault ? ' (default)' : ''}`);
      return `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
    }
    case 'person':
      return target === '_User' ? 'id of a user of the tenant' : 'text of at most 200';
    default:
      return `text of at most ${maximum}`;
  }
}

/** All data types with their fields as Markdown, a list item each. */
export function fieldList(): string {
  return Object.entries(FIELD_DOCS)
    .map(([type, fields]) => {
      const named = Object.entries(fields).map(([name, text]) =>
        text.startsWith('* ') ? `\`${name}\`* (${text.slice(2)})` : `\`${name}\` (${text})`,
      );
      return `- **${type}**: ${named.join('; ')}`;
    })
    .join('\n');
}

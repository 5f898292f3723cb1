import { readFileSync } from 'node:fs';
import path from 'node:path';
import { dataType } from '../../cloud/imports/convert/data-types';
import { FIELD_DOCS } from '../../cloud/imports/convert/field-docs';

const PAGE = readFileSync(path.join(__dirname, '../../docs/imports.md'), 'utf8');
const OPENAPI = readFileSync(path.join(__dirname, '../../docs/openapi.json'), 'utf8');

describe.each(Object.entries(FIELD_DOCS))('the fields of %s', (name, docs) => {
  it('are described, and marked where they are required', () => {
    const described = Object.entries<string>(docs).map(([field, text]) => [field, text.startsWith('* ')]);
    expect(described).toEqual(dataType(name).fields.map((field) => [field.name, field.required === true]));
  });

  it('stand in docs/imports.md and on the API page', () => {
    const [, section = ''] = PAGE.split(new RegExp(`\\n### ${name}\\n`, 'i'));
    const rows = section
      .split('\n#')[0]!
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.replace(/\s+/g, ' ').trim());
    const wanted = Object.entries<string>(docs).map(([field, text]) =>
      text.startsWith('* ') ? `| \`${field}\` * | ${text.slice(2)} |` : `| \`${field}\` | ${text} |`,
    );
    expect(rows).toEqual(wanted);
    for (const field of Object.keys(docs)) expect(OPENAPI).toContain(`\`${field}\``);
  });
});

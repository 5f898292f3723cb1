import { defineFact, type FactField } from '../../cloud/facts/define';

const define = (fields: Record<string, FactField>) => () =>
  defineFact({ className: 'Visit', dataType: 'visits', fields: { at: { kind: 'date' }, ...fields } });

const text: FactField = { kind: 'text' };

describe('the fields of a fact', () => {
  it.each(['id', 'row', 'rows', 'errs', 'business_id', 'customer_id', 'user_id', 'existing_id'])(
    'are not called %s as the columns of a staged row are',
    (name) => {
      expect(define({ [name]: text })).toThrow(`Visit.${name} has a name that is taken: choose another one.`);
    },
  );

  it.each(['tenant', 'unique_key', 'import_id', 'constructor', 'length'])(
    'are not called %s as what each row has',
    (name) => {
      expect(define({ [name]: text })).toThrow(`Visit.${name} has a name that is taken: choose another one.`);
    },
  );

  it.each(['objectId', 'ACL', '_note', '__proto__', 'two words', '1st', 'a"b'])('are not called %s', (name) => {
    const fields = Object.fromEntries([[name, text]]);
    expect(() => defineFact({ className: 'Visit', dataType: 'visits', fields })).toThrow(
      `Visit.${name} must be named in snake_case.`,
    );
  });

  it('do not share a column with what is kept beside another one', () => {
    expect(define({ fee: { kind: 'money' }, fee_minor: { kind: 'number' } })).toThrow(
      'Visit has two columns fee_minor.',
    );
    expect(define({ guest: { kind: 'person', target: 'Customer' }, guest_id: text })).toThrow(
      'Visit has two columns guest_id.',
    );
  });

  it('do not share a name in files', () => {
    expect(define({ note: { kind: 'text', file: 'remark' }, remark: text })).toThrow(
      'Visit has two fields that files call remark.',
    );
    expect(define({ note: { kind: 'text', file: 'remark' }, remark: { kind: 'text', isUnfiled: true } })).not.toThrow();
  });

  it('tell a source only where files do not', () => {
    expect(define({ source: text })).toThrow('Visit.source must be isUnfiled: it tells by which door a row came.');
    expect(define({ source: { kind: 'text', isUnfiled: true } })).not.toThrow();
  });

  it.each(['note', 'order', 'user', 'end', 'values', 'stored', 'match'])('may be called %s', (name) => {
    expect(define({ [name]: text })).not.toThrow();
  });
});

import { ALL_STYLES, as, ask, del, get, inStyles, post, put, type Question } from '../support/question';

const ROWS = '/classes/ParTrigger';
const save = (name: string, body: object, more: Parameters<typeof post>[2] = {}): Question =>
  ask(`trigger: ${name}`, [post(ROWS, body, more), get(`${ROWS}/{1}`)]);
const change = (name: string, before: object, after: object): Question =>
  ask(`trigger: ${name}`, [post(ROWS, before), put(`${ROWS}/{1}`, after), get(`${ROWS}/{1}`)]);

export const TRIGGERS: Question[] = [
  ...inStyles(ALL_STYLES, [
    save('beforeSave changes a value', { text: 'upper' }),
    save('beforeSave refuses with a code', { text: 'refuse' }),
  ]),
  save('beforeSave refuses with an Error', { text: 'refuse plainly' }),
  save('beforeSave refuses with a text', { text: 'refuse by text' }),
  save('beforeSave unsets a value', { text: 'unset', n: 5 }),
  save('beforeSave increments', { text: 'count', n: 5 }),
  save('beforeSave knows a user', { text: 'who' }, { as: 'ann' }),
  save('beforeSave knows nobody', { text: 'who' }),
  save('beforeSave knows the master key', { text: 'who' }, { as: 'master' }),
  save(
    'beforeSave gets the context',
    { text: 'context' },
    { headers: { 'X-Parse-Cloud-Context': '{"from":"a client"}' } },
  ),
  save('beforeSave gets a context of the body', { text: 'context', _context: { from: 'the body' } }),
  save('a context that is no JSON', { text: 'context' }, { headers: { 'X-Parse-Cloud-Context': '{bad' } }),
  save('beforeSave knows what is dirty', { text: 'dirty', n: 1, flag: true }),
  save('afterSave that fails changes nothing', { text: 'after fails' }),
  change('beforeSave changes a changed row', { text: 'a' }, { text: 'upper' }),
  change('beforeSave refuses a change', { text: 'a' }, { text: 'refuse' }),
  change('beforeSave knows the original', { text: 'a' }, { text: 'who' }),
  change('beforeSave knows what is dirty in a change', { text: 'a', n: 1 }, { text: 'dirty', flag: false }),
  change('beforeSave unsets a value of a change', { text: 'a', n: 1 }, { text: 'unset' }),
  change(
    'beforeSave increments within a change',
    { text: 'a', n: 1 },
    { text: 'count', n: { __op: 'Increment', amount: 1 } },
  ),
  ask('trigger: afterSave has written', [
    post(ROWS, { text: 'log' }),
    put(`${ROWS}/{1}`, { n: 1 }),
    get('/classes/ParNote', { where: { text: 'log of {1}' }, order: 'createdAt' }),
  ]),
  ask('trigger: beforeDelete lets go', [post(ROWS, { text: 'x' }), del(`${ROWS}/{1}`)]),
  ask('trigger: beforeDelete refuses', [post(ROWS, { flag: true }), del(`${ROWS}/{1}`), get(`${ROWS}/{1}`)]),
  ask('trigger: beforeDelete refuses the master key too', [
    post(ROWS, { flag: true }),
    del(`${ROWS}/{1}`, { as: 'master' }),
  ]),
  ask('trigger: afterDelete has written', [
    post(ROWS, { text: 'log delete' }),
    del(`${ROWS}/{1}`),
    get('/classes/ParNote', { where: { text: 'deleted {1}' } }),
  ]),
  ask('trigger: beforeFind refuses', get(ROWS, { where: { text: 'find refused' } })),
  ask('trigger: beforeFind adds a condition', [
    post(ROWS, { text: 'find none' }),
    get(ROWS, { where: { text: 'find none' } }),
  ]),
  ask('trigger: afterFind changes what is found', [
    post(ROWS, { text: 'masked' }),
    get(ROWS, { where: { objectId: '{1}' } }),
    get(`${ROWS}/{1}`),
  ]),
  ask('trigger: a validator of beforeSave refuses', post('/classes/ParSignedIn', { n: 'x' }, { as: 'ann' })),
  ask(
    'trigger: in a batch',
    post('/batch', {
      requests: [
        { method: 'POST', path: `/parse${ROWS}`, body: { text: 'upper' } },
        { method: 'POST', path: `/parse${ROWS}`, body: { text: 'refuse' } },
      ],
    }),
  ),
  ask(
    'trigger: a pointer’s row is found through beforeFind',
    as('ann', get(ROWS, { where: { text: 'nothing', n: { $gt: 1 } }, count: 1 })),
  ),
];

import Parse from 'parse/node';
import { config } from '../../core/config';
import { DASHBOARD_CONFIG_CLASS } from './views.schema';

/** A view as Parse Dashboard saves it: a table of what a cloud function answers. */
export interface SavedView {
  id: string;
  name: string;
  cloudFunction: string;
}

/** Remembers which views were put there once, so that one that an admin deleted stays deleted. */
const SEEDED_KEY = 'appbackend.seeded-views';
/** The class is the dashboard's own, for the master key only. */
const asServer = { useMasterKey: true } as const;

/** Puts each view there once in the life of the database. */
export async function saveNewViews(views: readonly SavedView[]): Promise<void> {
  const seeded = await readRow(SEEDED_KEY);
  const known = (seeded?.get('array') ?? []) as string[];
  const added = views.filter((view) => !known.includes(view.id));
  if (!added.length) return;
  for (const { id, ...view } of added) {
    const key = `views.view.${id}`;
    if (await readRow(key)) continue;
    await newRow(key)
      .set('object', { ...view, showCounter: false, requireTextInput: false, requireFileUpload: false })
      .save(null, asServer);
  }
  await (seeded ?? newRow(SEEDED_KEY)).set('array', [...known, ...added.map((view) => view.id)]).save(null, asServer);
}

function readRow(key: string): Promise<Parse.Object | undefined> {
  return new Parse.Query(DASHBOARD_CONFIG_CLASS)
    .equalTo('appId', config().parseAppId)
    .equalTo('key', key)
    .doesNotExist('user')
    .first(asServer);
}

function newRow(key: string): Parse.Object {
  const row = new Parse.Object(DASHBOARD_CONFIG_CLASS, { appId: config().parseAppId, key });
  row.setACL(new Parse.ACL());
  return row;
}

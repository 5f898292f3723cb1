import Parse from 'parse/node';
import { defaultColumns } from 'parse-server/lib/Controllers/SchemaController';
import { _UnsafeRestQuery as RestQuery } from 'parse-server/lib/RestQuery';
import RestWrite, { type RestAuth } from 'parse-server/lib/RestWrite';
import { wrapMethod } from './wrap-method';

const CLASS = '_Installation';
/** Parse compares these with stored rows, and removes rows by them. */
const IDS = new Set(['deviceToken', 'installationId', 'appIdentifier', 'deviceType']);

interface Row {
  objectId: string;
  installationId?: string;
  deviceToken?: string;
  ACL?: Record<string, { read?: true; write?: true }>;
}

/**
 * The rows of devices are open to everybody in Parse: whoever knows an objectId reads another's push token and changes
 * his channels. Here a device has its own row, known by its installation id, which SDKs send with every request; so
 * has a person whom the row's ACL names. Below every door, and for rows from before. Called once a process.
 */
export function guardInstallations(): void {
  wrapMethod(RestWrite.prototype, 'handleInstallation', guardWrite);
  wrapMethod(RestQuery.prototype, 'runFind', guardRead);
}

function guardWrite(original: RestWrite['handleInstallation']): RestWrite['handleInstallation'] {
  return async function (this: RestWrite) {
    if (this.className === CLASS && !this.response) {
      for (const [name, value] of Object.entries(this.data)) assertValue(name, value);
      if (!isServer(this.auth)) await assertOwn(this);
    }
    return original.call(this);
  };
}

function guardRead(original: RestQuery['runFind']): RestQuery['runFind'] {
  return async function (this: RestQuery, options) {
    await original.call(this, options);
    const { response, auth, config } = this;
    if (this.className !== CLASS || isServer(auth) || !response?.results.length) return;
    // Asked for by itself: the caller may have selected fields without these.
    const ids = response.results.map(({ objectId }) => objectId);
    const rows = (await config.database.find(CLASS, { objectId: { $in: ids } }, {})) as Row[];
    const own = new Set(rows.filter((row) => isOwn(row, auth, 'read')).map(({ objectId }) => objectId));
    response.results = response.results.filter(({ objectId }) => own.has(objectId as string));
  };
}

const isServer = ({ isMaster, isMaintenance }: RestAuth): boolean => isMaster === true || isMaintenance === true;

function isOwn(row: Row, { installationId, user }: RestAuth, access: 'read' | 'write'): boolean {
  const isDevice = row.installationId !== undefined && row.installationId === installationId?.toLowerCase();
  return isDevice || (user?.id !== undefined && row.ACL?.[user.id]?.[access] === true);
}

/**
 * A row that is written by its objectId is the caller's own, or one without an installation id whose push token he
 * has. A device that says who it is does not write as another one, whose row is there already.
 * @throws Parse.Error 101, 119
 */
async function assertOwn({ query, data, auth, config }: RestWrite): Promise<void> {
  const find = async (where: object): Promise<Row | undefined> =>
    ((await config.database.find(CLASS, where, {})) as Row[])[0];
  if (query?.objectId !== undefined) {
    const row = await find({ objectId: query.objectId });
    const isOld = row?.deviceToken !== undefined && !row.installationId && row.deviceToken === data.deviceToken;
    if (!row || isOld || isOwn(row, auth, 'write')) return;
    throw new Parse.Error(Parse.Error.OBJECT_NOT_FOUND, 'Object not found.');
  }
  const claimed = (data.installationId as string | undefined)?.toLowerCase();
  if (!claimed || !auth.installationId || claimed === auth.installationId.toLowerCase()) return;
  const row = await find({ installationId: claimed });
  if (row && !isOwn(row, auth, 'write'))
    throw new Parse.Error(Parse.Error.OPERATION_FORBIDDEN, 'installationId: is that of another device.');
}

/** Parse would put an operator into a query that finds and deletes other rows. @throws Parse.Error 111 */
function assertValue(name: string, value: unknown): void {
  const type = Object.hasOwn(COLUMNS, name) ? COLUMNS[name]!.type : undefined;
  const { __op: operation, objects } = (value ?? {}) as { __op?: unknown; objects?: unknown };
  const isRemoval = value === null || value === undefined || (operation === 'Delete' && !IDS.has(name));
  if (isRemoval) return;
  if (type === 'String' && typeof value !== 'string') throw mismatch(name, type, value);
  if (name === 'channels' && operation === undefined && !Array.isArray(value)) throw mismatch(name, 'Array', value);
  if (name === 'channels' && !isTexts(operation === undefined ? value : objects))
    throw new Parse.Error(Parse.Error.INCORRECT_TYPE, 'channels: must be a list of texts.');
}

const COLUMNS = { ...defaultColumns[CLASS] };

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === 'string');

/** In Parse's own words, which come too late there. */
function mismatch(name: string, wanted: string, value: unknown): Parse.Error {
  const kind = Array.isArray(value) ? 'array' : typeof value;
  const got = `${kind[0]!.toUpperCase()}${kind.slice(1)}`;
  return new Parse.Error(
    Parse.Error.INCORRECT_TYPE,
    `schema mismatch for ${CLASS}.${name}; expected ${wanted} but got ${got}`,
  );
}

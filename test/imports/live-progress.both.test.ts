import { openLiveQuery } from '../harness/live-query';
import { waitFor } from '../harness/app';
import { importFile, newImporter } from './support/imports';

const CSV = 'order_id,customer_id,purchased_at,amount,currency\nA1,C1,2024-05-01,10.00,USD\n';
const OPTIONS = { data_type: 'purchases' };

test("a subscriber hears how his import goes, and nothing of another tenant's", async () => {
  const [owner, stranger] = [await newImporter(), await newImporter()];
  const [theirs, others] = [await openLiveQuery(owner.sessionToken), await openLiveQuery(stranger.sessionToken)];
  try {
    await importFile(owner.token, OPTIONS, CSV);
    await waitFor(() => theirs.jobs().some(({ status, progress }) => status === 'completed' && progress === 100));
    // Events keep their order: when he hears of his own, he would have heard of the other.
    const own = await importFile(stranger.token, OPTIONS, CSV);
    await waitFor(() => others.jobs().some(({ status }) => status === 'completed'));
    expect(others.jobs().map(({ job_id }) => job_id)).toEqual([own.job_id]);
    expect(theirs.jobs()).toHaveLength(1);
    expect(theirs.first(theirs.jobs()[0]!.objectId)).toBe('create');
  } finally {
    theirs.close();
    others.close();
  }
});

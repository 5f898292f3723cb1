/** What other folders may use of the analytics. */
export { markDaysInTransaction as markDaysSql } from './analytics.store';
export { eraseCustomersAgain, forgetIfErased, eraseUserFigures, keepDeparted } from './forgetting.service';
export { foldNow } from './folding.service';
export { markDays, markInstants } from './marking.service';
export { readPeople } from './people.service';
export { readRetention } from './retention.service';
export { readRevenue } from './revenue.service';
export { recentlyUsedTenants, seenSince } from './usage.service';

import { CHANGES, KILLS, surviveKills } from './support/kills';

/** As kills.both.test.ts, with Redis among those that are killed. */
test(
  `events and effects are exact, also when Redis is killed: ${CHANGES} changes, ${KILLS} kills`,
  surviveKills,
  1_800_000,
);

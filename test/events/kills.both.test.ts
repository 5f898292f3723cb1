import { CHANGES, KILLS, surviveKills } from './support/kills';

/** The lane with Redis has a file of its own. */
test(
  `every stored change has its event, none is without one, each effect is there once: ${CHANGES} changes, ${KILLS} kills`,
  surviveKills,
  1_800_000,
);

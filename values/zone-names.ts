/**
 * The names of IANA's time zones that have no slash, and what those mean that are places by another name since
 * release 2024b: older tables count CET, EET and the like by rules of their own. Every other name without a slash is
 * an abbreviation of some reader: IST is India to ICU, Israel to PostgreSQL and Ireland to the Irish.
 */
const WITHOUT_SLASH: Readonly<Record<string, string>> = {
  CET: 'Europe/Brussels',
  CST6CDT: 'America/Chicago',
  EET: 'Europe/Athens',
  EST: 'America/Panama',
  EST5EDT: 'America/New_York',
  HST: 'Pacific/Honolulu',
  MET: 'Europe/Brussels',
  MST: 'America/Phoenix',
  MST7MDT: 'America/Denver',
  PST8PDT: 'America/Los_Angeles',
  WET: 'Europe/Lisbon',
  ...Object.fromEntries(
    (
      'Cuba Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich Hongkong Iceland Iran Israel Jamaica Japan Kwajalein ' +
      'Libya NZ NZ-CHAT Navajo PRC Poland Portugal ROC ROK Singapore Turkey UCT UTC Universal W-SU Zulu'
    )
      .split(' ')
      .map((name) => [name, name]),
  ),
};
const MEANINGS = new Map(Object.entries(WITHOUT_SLASH).map(([name, meaning]) => [name.toLowerCase(), meaning]));
/** Some runtimes know these as well; IANA does not, or no longer. */
const NO_ZONES = /^(us\/pacific-new$|systemv\/)/i;
const MAX_LENGTH = 64;

/**
 * The name under which the runtime is to look a zone up: one meaning for every door, table and database. Whether it
 * knows the name is another question.
 * @returns undefined for what IANA does not list: abbreviations, offsets, files of a time zone database
 */
export function zoneNameOf(name: string): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  if (name.includes('/')) return NO_ZONES.test(name) || !/^[a-z]/i.test(name) ? undefined : name;
  return MEANINGS.get(name.toLowerCase());
}

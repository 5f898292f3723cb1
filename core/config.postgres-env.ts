/** A password, and where one lies: only what an address may leave open. */
const KEPT = new Set(['PGPASSWORD', 'PGPASSFILE']);

/**
 * Takes libpq's variables out of the process: what a shell has set for other databases (PGSSLMODE, PGOPTIONS, PGPORT, …)
 * would change every connection of this one, whose address says all. @returns the names
 */
export function dropPostgresVariables(): string[] {
  const names = Object.keys(process.env).filter((name) => /^PG[A-Z]/.test(name) && !KEPT.has(name));
  for (const name of names) delete process.env[name];
  return names;
}

/**
 * PostgreSQL looks into a schema named like the role first. For a role `app` that is the schema of
 * our own tables, made during the first boot: what Parse Server creates afterwards would land there
 * and hide its older tables of the same names. By the variable that every client in this process
 * reads, because Parse Server calls the same setting an invalid key of its configuration.
 */
export function keepToPublicSchema(uri: string): void {
  if (new URL(uri).username === 'app') process.env.PGOPTIONS = '-c search_path=public';
}

/**
 * PostgreSQL looks into a schema named like the role first. For a role `app` that is the schema of
 * our own tables, made during the first boot: what Parse Server creates afterwards would land there
 * and hide its older tables of the same names. By the variable that every client in this process
 * reads, because Parse Server calls the same setting an invalid key of its configuration.
 */
export function keepToPublicSchema(uri: string): void {
  if (new URL(uri).username === 'app') process.env.PGOPTIONS ??= '-c search_path=public';
}

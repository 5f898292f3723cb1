interface Version {
  from: string;
  [field: string]: unknown;
}

/** A changed worth takes effect when the import was accepted; days before it keep answering as they did. */
export function appendVersion(stored: unknown, imported: unknown, at: Date): unknown {
  const versions = Array.isArray(stored) ? (stored as Version[]) : [];
  const [fresh] = imported as [Version];
  const last = versions.at(-1);
  if (!last) return imported;
  const isSame = ['annual_minor', 'currency', 'plan'].every((field) => last[field] === fresh[field]);
  return isSame ? versions : [...versions, { ...fresh, from: at.toISOString() }];
}

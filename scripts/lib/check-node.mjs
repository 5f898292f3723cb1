// Loaded first of all and by any Node: old syntax only, no imports.
const LEAST = [20, 19, 0];

/**
 * The line to print when Node is too old, or an empty string.
 * @param {string} version
 */
function nodeProblem(version) {
  const parts = version.split('.').map(Number);
  for (let i = 0; i < LEAST.length; i += 1) {
    const difference = Number(parts[i]) - Number(LEAST[i]);
    if (difference > 0) return '';
    if (difference < 0) {
      return (
        'Node ' + version + ' is too old: install Node ' + LEAST.join('.') + ' or newer (20, 22 and 24 are tested).'
      );
    }
  }
  return '';
}

export function requireNode() {
  const problem = nodeProblem(process.versions.node);
  if (!problem) return;
  console.error(problem);
  process.exit(1);
}

const areas = ['objects', 'queries', 'people', 'files-and-functions', 'live'];

/** In this order; each starts and ends without a current user. */
exports.allSdkQuestions = areas.flatMap((area) =>
  Object.entries(require(`./${area}.cjs`)).map(([name, question]) => ({
    name: `${area}: ${name}`,
    ...(typeof question === 'function' ? { ask: question } : question),
  })),
);

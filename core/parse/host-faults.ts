import Parse from 'parse/node';

/**
 * What a host's code has thrown, or words for it where no answer can hold it: Parse would answer a fault of the server
 * instead, which SDKs repeat.
 */
export function tellable(name: string, thrown: unknown): unknown {
  try {
    if (!(thrown instanceof Error)) JSON.stringify(thrown);
    else if (typeof thrown.message !== 'string') JSON.stringify(thrown.message);
    if (thrown instanceof Parse.Error) JSON.stringify(thrown);
    return thrown;
  } catch {
    return new Parse.Error(Parse.Error.SCRIPT_FAILED, `"${name}" failed with something that cannot be encoded.`);
  }
}

export function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'it throws something without words.';
  }
}

/** The beginning of bytes as text that every store takes: no NUL, nothing that is half a character. */
export function safeText(bytes: Uint8Array, maxBytes: number): string {
  const isCut = bytes.length > maxBytes;
  // Streaming keeps back what a cut has left of a character; otherwise it becomes a sign that something was there.
  const text = new TextDecoder().decode(bytes.subarray(0, maxBytes), { stream: isCut });
  return text.replaceAll('\0', '\uFFFD');
}

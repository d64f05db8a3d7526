/** The bench can't go on or means nothing; the message says why in a line, without a stack. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}

/** What stands in the place of a value that the trail must not hold. */
export const redacted = '[redacted]';

const hiding =
  /(password|passwd|passphrase|secret|token|hash|otp|recovery_?code|private_?key|api_?key|credential|cookie|authorization)/i;

/** Whether a value of this name is kept out of the trail whatever is declared; `audit_hides` of the database says the same. */
export function isHidden(name: string): boolean {
  return hiding.test(name);
}

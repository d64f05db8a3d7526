export { KeyRing, SecretsModule } from './key-ring.js';
export { readOrMakeSecret } from './secret-file.js';

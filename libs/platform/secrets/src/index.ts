export { type EncryptedColumn, EncryptedColumns, type Reencrypted } from './encrypted-columns.js';
export { DecryptionError, KeyRing, newRing } from './key-ring.js';
export { readOrMakeSecret, replaceSecret, SecretBeingReplacedError } from './secret-file.js';
export { SecretsModule } from './secrets.module.js';
export { WatchedFile } from './watched-file.js';

import { CONFIGURATION } from '@gatehouse/platform/config';
import { Global, Module } from '@nestjs/common';
import { EncryptedColumns } from './encrypted-columns.js';
import { KeyRing } from './key-ring.js';

@Global()
@Module({
  providers: [{ provide: KeyRing, inject: [CONFIGURATION], useFactory: KeyRing.load }, EncryptedColumns],
  exports: [KeyRing, EncryptedColumns],
})
export class SecretsModule {}

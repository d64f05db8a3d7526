import { TokensDto } from '../../sessions/dto/tokens.dto.js';
import type { SecondFactorStatus } from '../second-factor.service.js';

export class SecondFactorDto {
  enabled!: boolean;
  since!: Date | null;
  recoveryCodesLeft!: number;

  static of({ since, recoveryCodesLeft }: SecondFactorStatus): SecondFactorDto {
    return { enabled: since !== null, since, recoveryCodesLeft };
  }
}

export class SecondFactorSetupDto {
  /** For an authenticator that can't scan: base32. It is never shown again. */
  secret!: string;
  /** What the QR code says. */
  otpauthUrl!: string;
  /** A PNG as a data URL. */
  qrCode!: string;
}

export class RecoveryCodesDto {
  /** Each signs you in once in the place of a code. They are never shown again. */
  recoveryCodes!: string[];
}

export class SecondFactorEnabledDto extends RecoveryCodesDto {
  /** In the place of those that this request came with; every other session has ended. */
  tokens!: TokensDto;
}

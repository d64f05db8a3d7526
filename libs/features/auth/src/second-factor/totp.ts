import { Clock } from '@gatehouse/platform/clock';
import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { Inject, Injectable } from '@nestjs/common';
import { NobleCryptoPlugin, ScureBase32Plugin, TOTP } from 'otplib';

const periodSeconds = 30;

/** Codes of authenticator apps (RFC 6238): six digits, SHA-1, steps of 30 s, which is all that every app can do. */
@Injectable()
export class Totp {
  private readonly totp: TOTP;

  constructor(
    private readonly clock: Clock,
    @Inject(CONFIGURATION) { PUBLIC_URL }: Configuration,
  ) {
    // What tells the entries of an app apart; a colon, as a port has one before it, would end it.
    const issuer = new URL(PUBLIC_URL).hostname;
    this.totp = new TOTP({
      issuer,
      period: periodSeconds,
      crypto: new NobleCryptoPlugin(),
      base32: new ScureBase32Plugin(),
    });
  }

  /** 160 random bits in base32 (RFC 4226, section 4, R6). */
  newSecret(): string {
    return this.totp.generateSecret();
  }

  /** What an app reads from the QR code. */
  uri(secret: string, label: string): string {
    return this.totp.toURI({ secret, label });
  }

  /**
   * The time step whose code this is: the current one, or the one before or after it for clocks that differ;
   * `undefined` for any other code.
   */
  async stepOf(code: string, secret: string): Promise<number | undefined> {
    const epoch = Math.floor(this.clock.milliseconds() / 1_000);
    const result = await this.totp.verify(code, { secret, epoch, epochTolerance: periodSeconds });
    return result.valid ? result.timeStep : undefined;
  }
}

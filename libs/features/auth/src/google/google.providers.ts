import type { Configuration } from '@gatehouse/platform/config';
import type { ModuleMetadata } from '@nestjs/common';
import { GoogleController } from './google.controller.js';
import { GoogleStrategy } from './google.strategy.js';
import { GoogleAccounts } from './google-accounts.service.js';
import { GooglePassport } from './google-passport.js';
import { GOOGLE_SETTINGS, googleSettings } from './google-settings.js';
import { GoogleSignIn } from './google-sign-in.service.js';
import { IdentitiesRepository } from './identities.repository.js';
import { OAuthFlows } from './oauth-flows.js';
import { OAuthStatesRepository } from './oauth-states.repository.js';
import { ReturnAddress } from './return-address.js';

/** The parts of the auth module that serve sign-in with Google; none where it isn't configured, so that no route is. */
export function googleParts(configuration: Configuration): Pick<ModuleMetadata, 'controllers' | 'providers'> {
  const settings = googleSettings(configuration);
  if (settings === undefined) return {};
  return {
    controllers: [GoogleController],
    providers: [
      { provide: GOOGLE_SETTINGS, useValue: settings },
      GoogleStrategy,
      GooglePassport,
      GoogleSignIn,
      GoogleAccounts,
      IdentitiesRepository,
      OAuthFlows,
      OAuthStatesRepository,
      ReturnAddress,
    ],
  };
}

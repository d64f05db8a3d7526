import { Clock } from '@gatehouse/platform/clock';
import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { Module } from '@nestjs/common';
import { DevelopmentProvider } from './development-provider.js';
import { PaymentProvider } from './payment-provider.js';
import { StripeProvider } from './stripe-provider.js';

/** The one way to money: Stripe where STRIPE_API_KEY is set, else the development provider. */
@Module({
  providers: [
    {
      provide: PaymentProvider,
      inject: [CONFIGURATION, Clock],
      useFactory: (configuration: Configuration, clock: Clock): PaymentProvider => {
        const { STRIPE_API_KEY: apiKey, STRIPE_WEBHOOK_SECRET: webhookSecret, STRIPE_API_URL: url } = configuration;
        if (apiKey !== undefined && webhookSecret !== undefined) {
          return new StripeProvider({ apiKey, webhookSecret, url }, clock);
        }
        return new DevelopmentProvider(configuration);
      },
    },
  ],
  exports: [PaymentProvider],
})
export class PaymentProviderModule {}

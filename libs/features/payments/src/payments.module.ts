import { OrdersModule } from '@gatehouse/features/orders';
import { PaymentProviderModule } from '@gatehouse/platform/payments';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OrderPaymentsController } from './order-payments.controller.js';
import { PaymentEntity } from './payment.entity.js';
import { PaymentEntryEntity } from './payment-entry.entity.js';
import { PaymentLedger } from './payment-ledger.js';
import { PaymentsJobs } from './payments.jobs.js';
import { PaymentsRepository } from './payments.repository.js';
import { PaymentsService } from './payments.service.js';
import { Reconciliation } from './reconciliation.js';
import { WebhookController } from './webhook.controller.js';
import { WebhookService } from './webhook.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([PaymentEntity, PaymentEntryEntity]), OrdersModule, PaymentProviderModule],
  controllers: [OrderPaymentsController, WebhookController],
  providers: [PaymentsRepository, PaymentLedger, PaymentsService, WebhookService, Reconciliation, PaymentsJobs],
  exports: [PaymentsService, Reconciliation],
})
export class PaymentsModule {}

export {
  type HeaderFields,
  type NewPayment,
  type PaymentEvent,
  PaymentProvider,
  type ProviderPayment,
  type ProviderRefund,
  type RefundOrder,
} from './payment-provider.js';
export { PaymentProviderModule } from './payment-provider.module.js';

import { AccessAnalysisModule } from '@gatehouse/features/access-analysis';
import { AuditModule } from '@gatehouse/features/audit';
import { AuthModule } from '@gatehouse/features/auth';
import { DemoModule } from '@gatehouse/features/demo';
import { HealthModule } from '@gatehouse/features/health';
import { JobAdministrationModule } from '@gatehouse/features/jobs';
import { MailsModule } from '@gatehouse/features/mails';
import { OrdersModule } from '@gatehouse/features/orders';
import { PaymentsModule } from '@gatehouse/features/payments';
import { ProductsModule } from '@gatehouse/features/products';
import { ReviewsModule } from '@gatehouse/features/reviews';
import { RolesModule } from '@gatehouse/features/roles';
import { UsersModule } from '@gatehouse/features/users';
import type { Configuration } from '@gatehouse/platform/config';

/** Every feature of the product: a new one adds its folder and a line here. */
export const features = (configuration: Configuration) => [
  HealthModule,
  AuthModule.forRoot(configuration),
  UsersModule,
  RolesModule,
  ProductsModule,
  OrdersModule,
  PaymentsModule,
  ReviewsModule,
  AccessAnalysisModule,
  AuditModule,
  JobAdministrationModule,
  MailsModule,
  DemoModule,
];

import { AuditModule } from '@gatehouse/features/audit';
import { AuthModule } from '@gatehouse/features/auth';
import { DemoModule } from '@gatehouse/features/demo';
import { HealthModule } from '@gatehouse/features/health';
import { OrdersModule } from '@gatehouse/features/orders';
import { ProductsModule } from '@gatehouse/features/products';
import { RolesModule } from '@gatehouse/features/roles';
import { UsersModule } from '@gatehouse/features/users';

/** Every feature of the product: a new one adds its folder and a line here. */
export const features = [
  HealthModule,
  AuthModule,
  UsersModule,
  RolesModule,
  ProductsModule,
  OrdersModule,
  AuditModule,
  DemoModule,
];

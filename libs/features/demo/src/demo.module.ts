import { ProductsModule } from '@gatehouse/features/products';
import { UsersModule } from '@gatehouse/features/users';
import { Module } from '@nestjs/common';
import { DemoService } from './demo.service.js';

@Module({ imports: [UsersModule, ProductsModule], providers: [DemoService], exports: [DemoService] })
export class DemoModule {}

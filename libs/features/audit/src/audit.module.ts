import { AccessModule } from '@gatehouse/access';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditController } from './audit.controller.js';
import { auditPermissions } from './audit.permissions.js';
import { AuditRepository } from './audit.repository.js';
import { AuditService } from './audit.service.js';
import { AuditEntryEntity } from './audit-entry.entity.js';
import { VerificationsService } from './verifications.service.js';

@Module({
  imports: [AccessModule.forFeature(auditPermissions), TypeOrmModule.forFeature([AuditEntryEntity])],
  controllers: [AuditController],
  providers: [AuditRepository, AuditService, VerificationsService],
})
export class AuditModule {}

import { Module } from '@nestjs/common';
import { AccessAnalysisController } from './access-analysis.controller.js';
import { AccessAnalysisService } from './access-analysis.service.js';
import { HoldersRepository } from './holders.repository.js';

/** Why a call is refused, and who may do what: for those who look into the system. */
@Module({ controllers: [AccessAnalysisController], providers: [AccessAnalysisService, HoldersRepository] })
export class AccessAnalysisModule {}

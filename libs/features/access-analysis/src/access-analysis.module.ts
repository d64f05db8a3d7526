import { Module } from '@nestjs/common';
import { AccessAnalysisController } from './access-analysis.controller.js';
import { AccessAnalysisService } from './access-analysis.service.js';
import { HoldersRepository } from './holders.repository.js';
import { MyAccessController } from './my-access.controller.js';

/** Why a call is refused, and who may do what: for those who look into the system. */
@Module({
  controllers: [AccessAnalysisController, MyAccessController],
  providers: [AccessAnalysisService, HoldersRepository],
})
export class AccessAnalysisModule {}

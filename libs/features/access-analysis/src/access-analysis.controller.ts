import { Permission } from '@gatehouse/access';
import { Lists, Page } from '@gatehouse/platform/http';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccessAnalysisService } from './access-analysis.service.js';
import { ExplainQuery, HoldersQuery } from './dto/analysis-queries.dto.js';
import { ExplanationDto } from './dto/explanation.dto.js';
import { HolderDto } from './dto/holder.dto.js';

@ApiTags('access')
@Controller('access')
@Permission('read:access')
export class AccessAnalysisController {
  constructor(private readonly analysis: AccessAnalysisService) {}

  /**
   * What the guard would decide of a call, and the trace of every check that it makes. Nothing is called; asking stands
   * in the trail.
   */
  @Get('explain')
  async explain(@Query() query: ExplainQuery): Promise<ExplanationDto> {
    return ExplanationDto.of(await this.analysis.explain(query));
  }

  /** Who holds a permission at this instant, through what, and until when. Asking stands in the trail. */
  @Get('holders')
  @Lists(() => HolderDto)
  async holders(@Query() query: HoldersQuery): Promise<Page<HolderDto>> {
    return (await this.analysis.holders(query)).map(HolderDto.of);
  }
}

import { Permission } from '@gatehouse/access';
import { Id, Lists, Page, Refuses } from '@gatehouse/platform/http';
import { Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { JobDto } from './dto/job.dto.js';
import { ListJobsQuery } from './dto/job-queries.dto.js';
import { JobsService } from './jobs.service.js';

@ApiTags('jobs')
@Controller('jobs')
export class JobsController {
  constructor(private readonly jobs: JobsService) {}

  /** Jobs, newest first: what waits, runs, was done lately, or is dead. */
  @Get()
  @Permission('read:job')
  @Lists(() => JobDto)
  async list(@Query() query: ListJobsQuery): Promise<Page<JobDto>> {
    return (await this.jobs.list(query)).map(JobDto.of);
  }

  /** One job, with how far it is. */
  @Get(':id')
  @Permission('read:job')
  async get(@Id() id: string): Promise<JobDto> {
    return JobDto.of(await this.jobs.get(id));
  }

  /** Has a dead job tried once more. */
  @Post(':id/retry')
  @HttpCode(202)
  @Permission('retry:job')
  @Refuses('JOB_NOT_DEAD')
  async retry(@Id() id: string): Promise<JobDto> {
    return JobDto.of(await this.jobs.retry(id));
  }
}

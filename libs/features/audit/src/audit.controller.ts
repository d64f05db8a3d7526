import { Readable } from 'node:stream';
import { Permission, RateLimit } from '@gatehouse/access';
import { Lists, Page, Refuses } from '@gatehouse/platform/http';
import { Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AuditService } from './audit.service.js';
import { AuditEntryDto } from './dto/audit-entry.dto.js';
import { ExportQuery, ListEntriesQuery, PeriodQuery, SubjectParameters, TrailQuery } from './dto/audit-queries.dto.js';
import { VerificationDto } from './dto/verification.dto.js';
import { VerificationsService } from './verifications.service.js';

@ApiTags('audit')
@Controller('audit')
export class AuditController {
  constructor(
    private readonly audit: AuditService,
    private readonly verifications: VerificationsService,
  ) {}

  /** The trail, newest first; `total` is counted to 10,000. */
  @Get()
  @Permission('read:audit')
  @Lists(() => AuditEntryDto)
  async list(@Query() query: ListEntriesQuery): Promise<Page<AuditEntryDto>> {
    const { page, limit, cursor, ...filter } = query;
    return (await this.audit.list(filter, { page, limit, ...(cursor === undefined ? {} : { cursor }) })).map(
      AuditEntryDto.of,
    );
  }

  /** The trail as lines of JSON, each an entry as in the list, oldest first. That it was exported is an entry as well. */
  @Get('export')
  @Permission('read:audit')
  @RateLimit(10, '1m')
  @ApiOkResponse({ content: { 'application/x-ndjson': { schema: { type: 'string', format: 'binary' } } } })
  export(@Query() { after, ...filter }: ExportQuery): StreamableFile {
    const lines = Readable.from(this.audit.export(filter, after), { objectMode: false, highWaterMark: 65_536 });
    return new StreamableFile(lines, {
      type: 'application/x-ndjson',
      disposition: 'attachment; filename="audit.ndjson"',
    });
  }

  /** Compares what was written in a period, of up to 100,000 entries, with its seals. The last day unless said otherwise. */
  @Get('verify')
  @Permission('verify:audit')
  @RateLimit(10, '1m')
  @Refuses('SERVICE_UNAVAILABLE')
  verify(@Query() query: PeriodQuery): Promise<VerificationDto> {
    return this.verifications.verify(query);
  }

  /**
   * What happened to one thing, newest first; `total` is counted to 10,000. Resources: `user`, `role`, `grant` (by user),
   * `session`, `product`, `order`; of security events also `route` (a denial; by its name, such as `get-orders-id`),
   * `permission`, `address`, `audit`.
   */
  @Get(':resource/:resourceId')
  @Permission('read:audit')
  @Lists(() => AuditEntryDto)
  async trail(@Param() subject: SubjectParameters, @Query() query: TrailQuery): Promise<Page<AuditEntryDto>> {
    return (await this.audit.list(subject, query)).map(AuditEntryDto.of);
  }
}

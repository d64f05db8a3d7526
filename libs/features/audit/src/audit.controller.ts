import { Permission } from '@gatehouse/access';
import { Lists, offsetOf, Page, PageQuery, Problem } from '@gatehouse/platform/http';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuditRepository } from './audit.repository.js';
import { AuditEntryDto } from './dto/audit-entry.dto.js';

const name = /^[a-z][a-z-]{0,39}$/;
const identifier = /^[A-Za-z0-9.:-]{1,64}$/;

@ApiTags('audit')
@Controller('audit')
export class AuditController {
  constructor(private readonly repository: AuditRepository) {}

  /**
   * What happened to one thing, newest first. Resources: `user`, `role`, `grant` (by user), `session`, `product`,
   * `order`; of security events also `route` (a denial; by its name, such as `get-orders-id`), `permission`, `address`.
   */
  @Get(':resource/:resourceId')
  @Permission('read:audit')
  @Lists(() => AuditEntryDto)
  async trail(
    @Param('resource') resource: string,
    @Param('resourceId') resourceId: string,
    @Query() query: PageQuery,
  ): Promise<Page<AuditEntryDto>> {
    if (!name.test(resource)) throw malformed('resource');
    if (!identifier.test(resourceId)) throw malformed('resourceId');
    const [entries, total] = await this.repository.trail(resource, resourceId, offsetOf(query), query.limit);
    return new Page(entries.map(AuditEntryDto.of), total, query);
  }
}

function malformed(field: string): Problem {
  return new Problem('VALIDATION_FAILED', { errors: [{ field, message: 'is malformed' }] });
}

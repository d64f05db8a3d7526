import { Explainer, type Explanation, PermissionCatalogue } from '@gatehouse/access';
import { SecurityEvents } from '@gatehouse/platform/audit';
import { Clock } from '@gatehouse/platform/clock';
import { offsetOf, Page, Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import type { ExplainQuery, HoldersQuery } from './dto/analysis-queries.dto.js';
import { type Holder, HoldersRepository } from './holders.repository.js';

declare global {
  interface GatehouseSecurityEvents {
    'access.explained': true;
    'holders.listed': true;
  }
}

@Injectable()
export class AccessAnalysisService {
  constructor(
    private readonly explainer: Explainer,
    private readonly repository: HoldersRepository,
    private readonly catalogue: PermissionCatalogue,
    private readonly events: SecurityEvents,
    private readonly clock: Clock,
  ) {}

  async explain({ method, path, userId }: ExplainQuery): Promise<Explanation> {
    const explanation = await this.explainer.explain(method, path, userId);
    this.events.record({
      action: 'access.explained',
      outcome: 'done',
      subject: { resource: 'user', id: userId ?? 'anonymous' },
      details: { method, path: path.split('?', 1)[0], allowed: explanation.allowed },
    });
    return explanation;
  }

  async holders(query: HoldersQuery): Promise<Page<Holder>> {
    const { permission, limit } = query;
    if (!this.catalogue.has(permission)) {
      throw new Problem('VALIDATION_FAILED', {
        errors: [{ field: 'permission', message: 'is not in the catalogue' }],
      });
    }
    const [holders, total] = await this.repository.holders(permission, this.clock.now(), offsetOf(query), limit);
    this.events.record({
      action: 'holders.listed',
      outcome: 'done',
      subject: { resource: 'permission', id: permission },
    });
    return new Page(holders, total, query);
  }
}

/** What verifying found wrong with the trail. */
export interface Finding {
  readonly kind:
    | 'entry-edited'
    | 'entry-deleted'
    | 'entry-inserted'
    | 'seal-altered'
    | 'seal-missing'
    | 'list-altered'
    | 'month-missing'
    | 'head-missing'
    | 'head-altered';
  readonly message: string;
  readonly entryId?: string;
  readonly seal?: number;
  readonly month?: string;
}

const mostKept = 1_000;

/** Counts all, keeps the first thousand: a trail that is gone as a whole mustn't fill the memory of who looks. */
export class Findings {
  readonly kept: Finding[] = [];
  total = 0;

  add(finding: Finding): void {
    this.total += 1;
    if (this.kept.length < mostKept) this.kept.push(finding);
  }
}

import { MayBeAbsent, PageQuery } from '@gatehouse/platform/http';
import { type JobState, jobStates } from '@gatehouse/platform/jobs';
import { IsIn, Matches } from 'class-validator';

export class ListJobsQuery extends PageQuery {
  @MayBeAbsent()
  @IsIn(jobStates)
  state?: JobState;

  /** @example "mail.send" */
  @MayBeAbsent()
  @Matches(/^[a-z][a-zA-Z0-9.-]{0,63}$/, { message: 'name must be the name of a job' })
  name?: string;
}

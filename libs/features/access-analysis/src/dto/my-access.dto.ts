import { type Principal, type ReachedCall, requiredInWords, type Verdict } from '@gatehouse/access';
import { ApiProperty } from '@nestjs/swagger';

export class MyCallDto {
  /** @example "GET" */
  method!: string;
  /** As it is served. @example "/api/orders/:id" */
  path!: string;
  /** `yes`: any call; `own`: for what is yours; `no`: none, as you are signed in now. */
  @ApiProperty({ enum: ['yes', 'own', 'no'] })
  verdict!: Verdict;
  /** What the 403 would name: of any call where it is `no`, of one for somebody else's where it is `own`; else `null`. */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  required!: object | null;
  /** The same in words. @example ["own or read:order"] */
  inWords!: string[];

  static of({ method, path, verdict, required }: ReachedCall): MyCallDto {
    const inWords = required === undefined ? [] : requiredInWords(required);
    return { method, path, verdict, required: required ?? null, inWords };
  }
}

export class MyAccessDto {
  userId!: string;
  email!: string;
  role!: string;
  /** Every call that the server takes. */
  calls!: MyCallDto[];

  static of({ id, email, role }: Principal, calls: readonly ReachedCall[]): MyAccessDto {
    return { userId: id, email, role, calls: calls.map(MyCallDto.of) };
  }
}

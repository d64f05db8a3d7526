export class AcceptedDto {
  /** The same whatever the address. */
  message!: string;
}

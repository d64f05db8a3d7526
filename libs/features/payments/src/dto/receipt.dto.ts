export class ReceiptDto {
  /** The event is kept, now or since it was told before. */
  received!: true;
}

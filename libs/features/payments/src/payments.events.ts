/** Money came that nobody owes: for an order that was cancelled, or that is paid already. It is to go back. */
export class SurplusReceived {
  constructor(readonly paymentId: string) {}
}

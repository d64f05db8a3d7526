abstract class OrderEvent {
  constructor(
    readonly orderId: string,
    readonly userId: string,
  ) {}
}

export class OrderPlaced extends OrderEvent {}

export class OrderPaid extends OrderEvent {}

/** Its pieces are on their way. */
export class OrderFulfilled extends OrderEvent {}

/** Nobody had paid it: its buyer took it back, or it waited too long. */
export class OrderCancelled extends OrderEvent {}

/** The money has gone back. */
export class OrderRefunded extends OrderEvent {}

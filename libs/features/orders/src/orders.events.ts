export class OrderPlaced {
  constructor(
    readonly orderId: string,
    readonly userId: string,
  ) {}
}

export class OrderCancelled {
  constructor(
    readonly orderId: string,
    readonly userId: string,
  ) {}
}

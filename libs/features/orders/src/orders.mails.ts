import { UsersService } from '@gatehouse/features/users';
import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { type Mail, Mailer } from '@gatehouse/platform/mail';
import { Inject, Injectable } from '@nestjs/common';
import type { OrderEntity } from './order.entity.js';
import { OrdersRepository } from './orders.repository.js';

export type OrderMail = 'placed' | 'paid' | 'shipped' | 'refunded';

type Content = Pick<Mail, 'subject' | 'paragraphs'>;

/** What a buyer is told of an order, sent by jobs: neither lost nor waited for. */
@Injectable()
export class OrderMails {
  constructor(
    private readonly repository: OrdersRepository,
    private readonly users: UsersService,
    private readonly mailer: Mailer,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /** Sends it under this id to the address that the buyer has now; to nobody where the account is gone. */
  async send(mail: OrderMail, orderId: string, id: string): Promise<void> {
    const order = await this.repository.load(orderId);
    if (order === undefined) return;
    const { email, deletedAt } = await this.users.get(order.userId);
    if (deletedAt === null) await this.mailer.send({ to: email, ...this.contentOf(mail, order) }, id);
  }

  private contentOf(mail: OrderMail, order: OrderEntity): Content {
    const { id, totalAmount, currency } = order;
    const total = money(totalAmount, currency);
    const minutes = Math.round(this.configuration.ORDER_PAYMENT_WINDOW / 60_000);
    const contents: Readonly<Record<OrderMail, Content>> = {
      placed: {
        subject: `Your order ${id}`,
        paragraphs: [
          'Thank you for your order:',
          ...linesOf(order),
          `Total: ${total}`,
          `Its pieces are kept for you for ${minutes} minutes; unless it is paid by then, it is cancelled.`,
        ],
      },
      paid: {
        subject: `Your order ${id} is paid`,
        paragraphs: [`We have received ${total} for your order ${id}:`, ...linesOf(order)],
      },
      shipped: {
        subject: `Your order ${id} is on its way`,
        paragraphs: [`The pieces of your order ${id} are on their way:`, ...linesOf(order)],
      },
      refunded: {
        subject: `Your order ${id} was refunded`,
        paragraphs: [
          `We have given back ${total} for your order ${id}.`,
          'How soon you see it depends on how you paid; with a card it may take some days.',
        ],
      },
    };
    return contents[mail];
  }
}

function linesOf({ lines, currency }: OrderEntity): string[] {
  const ordered = lines.toSorted((a, b) => a.position - b.position);
  return ordered.map(({ quantity, name, unitAmount }) => `${quantity} × ${name}, ${money(unitAmount, currency)} each`);
}

/** An amount in minor units as people write it, in as many digits as the currency has. */
function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'code' });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2)).replace(/\s/, ' ');
}

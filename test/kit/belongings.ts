import { SessionsService } from '@gatehouse/features/auth';
import { RequestContext } from '@gatehouse/platform/context';
import { decodeJwt } from 'jose';
import { v7 as uuidv7 } from 'uuid';
import type { Api, Person } from './api.js';
import { placeOrder } from './order.js';

/** Makes a thing for its owner; answers its id. */
type Make = (api: Api, owner: Person) => Promise<string>;

/**
 * What belongs to people, by the beginning of the routes that name it by its id. A feature adds its own, and has them
 * swapped between two users and probed by the access matrix without a test of its own.
 */
export const belongings: Readonly<Record<string, Make>> = {
  '/api/users/{id}': (_api, owner) => Promise.resolve(owner.id),
  '/api/auth/sessions/{id}': async ({ app }, { id: userId }) => {
    const sessions = app.get(SessionsService, { strict: false });
    const begin = () => sessions.begin({ userId, methods: ['password'], secondFactor: false });
    const { accessToken } = await app.get(RequestContext).run({ requestId: uuidv7(), process: 'test' }, begin);
    return String(decodeJwt(accessToken)['sid']);
  },
  '/api/orders/{id}': async (api, owner) => order(api, owner, await api.product()),
  '/api/reviews/{id}': async (api, owner) => {
    const productId = await api.product();
    await order(api, owner, productId);
    const body = { rating: 3, text: 'Of a test' };
    return (await api.post(`/api/products/${productId}/reviews`, { token: owner.token, body })).body.data.id;
  },
};

/** Routes that name what belongs to no user. */
export const nobodys: readonly string[] = [
  '/api/products/{id}',
  '/api/roles/{name}',
  '/api/audit/{resource}/{resourceId}',
  '/api/jobs/{id}',
];

async function order(api: Api, owner: Person, productId: string): Promise<string> {
  return (await placeOrder(api, owner, [{ productId, quantity: 1 }])).body.data.id;
}

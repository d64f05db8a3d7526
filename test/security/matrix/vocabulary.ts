import { Auth, LoadsResource, Owner, Permission, Public, type ResourceLoader, Role } from '@gatehouse/access';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Person } from '../../kit/api.js';
import type { Route } from './committed.js';

/** Sent by one and carried by another: whose it is depends on the field that is asked. */
class Parcel {
  constructor(
    readonly id: string,
    readonly userId: string,
    readonly carrierId: string,
  ) {}
}

const parcels = new Map<string, Parcel>();

/** A parcel that the person carries, and that somebody else has sent. */
export async function makeParcel(_route: Route, carrier: Person): Promise<string> {
  const parcel = new Parcel(uuidv7(), uuidv7(), carrier.id);
  parcels.set(parcel.id, parcel);
  return parcel.id;
}

@Injectable()
@LoadsResource()
class ParcelLoader implements ResourceLoader<Parcel> {
  readonly entity = Parcel;

  async load(id: string): Promise<Parcel | undefined> {
    return parcels.get(id);
  }
}

@Controller('words')
class WordsController {
  @Get('second-factor')
  @Auth({ mfa: true })
  secondFactor() {}

  @Get('recent')
  @Auth({ maxAge: '5m' })
  recent() {}

  @Get('any')
  @Permission('read:audit', 'read:user')
  any() {}

  @Get('all')
  @Permission.all('read:audit', 'read:user')
  all() {}

  @Get('roles')
  @Role('support', 'auditor')
  roles() {}

  @Get('strict')
  @Auth({ mfa: true, maxAge: '5m' })
  @Role('support')
  @Permission.all('read:audit', 'verify:audit')
  strict() {}

  @Get('no-role')
  @Role()
  noRole() {}

  @Get('no-permission')
  @Permission()
  noPermission() {}

  @Get('no-permissions')
  @Permission.all()
  noPermissions() {}

  @Get('parcels/:id')
  @Owner(Parcel, { field: 'carrierId', unless: 'read:order' })
  parcel() {}

  @Get('secrets/:parcel')
  @Owner(Parcel, { param: 'parcel', field: 'carrierId', hide: true })
  secret() {}

  @Get('carried/:id')
  @Auth({ mfa: true })
  @Permission('update:order')
  @Owner(Parcel, { field: 'carrierId', unless: 'read:order', hide: true })
  carried() {}
}

@Controller('managed')
@Auth({ maxAge: '5m' })
@Role('manager')
class ManagedController {
  @Get('as-the-class-says')
  byClass() {}

  @Get('as-the-handler-says')
  @Role('support')
  byHandler() {}

  @Get('both')
  @Permission('read:audit')
  both() {}

  @Get('handler-of-one-kind')
  @Auth({ mfa: true })
  otherAuth() {}
}

@Controller('opened')
@Auth()
class OpenedController {
  @Get('handler')
  @Public()
  opened() {}

  @Get('class')
  closed() {}
}

@Controller('closed')
@Public()
class ClosedController {
  @Get('handler')
  @Auth({ mfa: true })
  closed() {}

  @Get('class')
  opened() {}
}

@Module({
  providers: [ParcelLoader],
  controllers: [WordsController, ManagedController, OpenedController, ClosedController],
})
export class VocabularyModule {}

function row(path: string, handler: string, demands: Partial<Route> = {}): Route {
  return {
    method: 'GET',
    path: `/api/${path}`,
    handler,
    public: false,
    roles: null,
    permissions: null,
    owner: null,
    secondFactor: false,
    maxAgeSeconds: null,
    limits: [],
    may: {},
    ...demands,
  };
}

const parcel = { entity: 'Parcel', param: 'id', unless: null, hide: false };

/** What those decorators mean, written by hand from access.md. */
export const vocabulary: readonly Route[] = [
  row('words/second-factor', 'WordsController.secondFactor', { secondFactor: true }),
  row('words/recent', 'WordsController.recent', { maxAgeSeconds: 300 }),
  row('words/any', 'WordsController.any', { permissions: { mode: 'any', names: ['read:audit', 'read:user'] } }),
  row('words/all', 'WordsController.all', { permissions: { mode: 'all', names: ['read:audit', 'read:user'] } }),
  row('words/roles', 'WordsController.roles', { roles: ['support', 'auditor'] }),
  row('words/strict', 'WordsController.strict', {
    roles: ['support'],
    permissions: { mode: 'all', names: ['read:audit', 'verify:audit'] },
    secondFactor: true,
    maxAgeSeconds: 300,
  }),
  row('words/no-role', 'WordsController.noRole', { roles: [] }),
  row('words/no-permission', 'WordsController.noPermission', { permissions: { mode: 'any', names: [] } }),
  row('words/no-permissions', 'WordsController.noPermissions', { permissions: { mode: 'all', names: [] } }),
  row('words/parcels/:id', 'WordsController.parcel', { owner: { ...parcel, unless: 'read:order' } }),
  row('words/secrets/:parcel', 'WordsController.secret', { owner: { ...parcel, param: 'parcel', hide: true } }),
  row('words/carried/:id', 'WordsController.carried', {
    permissions: { mode: 'any', names: ['update:order'] },
    secondFactor: true,
    owner: { ...parcel, unless: 'read:order', hide: true },
  }),
  row('managed/as-the-class-says', 'ManagedController.byClass', { roles: ['manager'], maxAgeSeconds: 300 }),
  row('managed/as-the-handler-says', 'ManagedController.byHandler', { roles: ['support'], maxAgeSeconds: 300 }),
  row('managed/both', 'ManagedController.both', {
    roles: ['manager'],
    permissions: { mode: 'any', names: ['read:audit'] },
    maxAgeSeconds: 300,
  }),
  row('managed/handler-of-one-kind', 'ManagedController.otherAuth', { roles: ['manager'], secondFactor: true }),
  row('opened/handler', 'OpenedController.opened', { public: true }),
  row('opened/class', 'OpenedController.closed'),
  row('closed/handler', 'ClosedController.closed', { secondFactor: true }),
  row('closed/class', 'ClosedController.opened', { public: true }),
];

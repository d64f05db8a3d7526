import { All, Controller, Delete, Get, Patch, Post, Put } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { startApplication } from '../../test/application.js';
import { Public } from '../vocabulary/decorators.js';
import { RouteMatcher } from './route-matcher.js';

@Controller('things')
@Public()
class Things {
  @Get()
  list() {}
  @Post()
  make() {}
  @Get('new')
  fresh() {}
  @Get(':id/parts/:part')
  part() {}
  @Get(':id')
  one() {}
  @Put(':id')
  replace() {}
  @Patch(':id')
  change() {}
  @Delete(':id')
  remove() {}
}

@Controller('files')
@Public()
class Files {
  @Get('*')
  any() {}
}

@Controller('all')
@Public()
class Everything {
  @All()
  any() {}
}

describe('RouteMatcher', () => {
  let matcher: RouteMatcher;
  const handlerOf = (method: string, path: string) => matcher.match(method, path)?.route.policy.name;

  beforeEach(async () => {
    matcher = (await startApplication({ controllers: [Things, Files, Everything] })).app.get(RouteMatcher);
  });

  it.each([
    ['GET', '/things', 'Things.list'],
    ['POST', '/things', 'Things.make'],
    ['GET', '/things/new', 'Things.fresh'],
    ['GET', '/things/7', 'Things.one'],
    ['HEAD', '/things/7', 'Things.one'],
    ['PUT', '/things/7', 'Things.replace'],
    ['PATCH', '/things/7', 'Things.change'],
    ['DELETE', '/things/7', 'Things.remove'],
    ['GET', '/all', 'Everything.any'],
  ])('finds what %s %s reaches', (method, path, handler) => {
    expect(handlerOf(method, path)).toBe(handler);
  });

  it('reads the parameters and leaves the query out', () => {
    expect(matcher.match('GET', '/things/7/parts/8?x=/things?y')?.parameters).toEqual({ id: '7', part: '8' });
    expect(handlerOf('GET', '/things?page=2')).toBe('Things.list');
  });

  it.each([
    ['GET', '/nothing'],
    ['POST', '/things/7'],
    ['GET', '/things/'],
    ['GET', '/things//parts/8'],
    ['TRACE', '/things'],
    ['SEARCH', '/all'],
    ['get', '/things'],
    ['', ''],
  ])('finds nothing where no handler is reached: %s %s', (method, path) => {
    expect(matcher.match(method, path)).toBeUndefined();
  });

  it('takes an empty rest of a path as Nest does', () => {
    expect(handlerOf('GET', '/files/a/b')).toBe('Files.any');
    expect(handlerOf('GET', '/files/')).toBe('Files.any');
  });
});

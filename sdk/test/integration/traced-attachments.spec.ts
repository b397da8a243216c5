import 'reflect-metadata';
import { type CanActivate, Controller, Get, Module, SetMetadata, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Traced, traced } from '../../src/index.ts';
import { useObservedProject } from '../use-observed-project.ts';

useObservedProject();

class NobodyMay implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Controller()
class AdminController {
  @Get('above')
  @Traced('above')
  @UseGuards(new NobodyMay())
  tracedAboveGuard(): string {
    return 'secret';
  }

  @UseGuards(new NobodyMay())
  @Traced('below')
  @Get('below')
  tracedBelowGuard(): string {
    return 'secret';
  }

  @Traced('outermost')
  @UseGuards(new NobodyMay())
  @Get('outermost')
  tracedOutermost(): string {
    return 'secret';
  }

  @Traced()
  @Get('open')
  @SetMetadata('audience', 'all')
  open(): string {
    return 'hello';
  }
}

@Module({ controllers: [AdminController] })
class AdminModule {}

describe('a traced method of a NestJS controller', () => {
  const adapter = new FastifyAdapter();
  const statusOf = async (url: string): Promise<number> =>
    (await adapter.getInstance().inject({ method: 'GET', url })).statusCode;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const app = await NestFactory.create(AdminModule, adapter, { logger: false });
    await app.init();
    close = () => app.close();
  });
  afterAll(() => close());

  test.each(['above', 'below', 'outermost'])(
    'keeps its guard and its route, in whichever order they are written (%s)',
    async (url) => {
      expect(await statusOf(`/${url}`)).toBe(403);
    },
  );

  test('keeps its other metadata', async () => {
    expect(await statusOf('/open')).toBe(200);
    expect(Reflect.getMetadata('audience', Reflect.get(AdminController.prototype, 'open'))).toBe('all');
  });
});

describe('a traced function', () => {
  test('shows what is attached to the function, before it is wrapped or after', () => {
    const add = (a: number, b: number): number => a + b;
    add.schema = { a: 'number' };
    const wrapped = traced('add', add);
    Object.assign(add, { version: 2 });
    expect(Reflect.get(wrapped, 'schema')).toBe(add.schema);
    expect(Reflect.get(wrapped, 'version')).toBe(2);
    Reflect.set(wrapped, 'own', true);
    expect(add).not.toHaveProperty('own');
    expect([wrapped.name, wrapped.length]).toEqual(['add', 2]);
    expect(wrapped.call(undefined, 1, 2)).toBe(3);
    expect(wrapped.apply(undefined, [1, 2])).toBe(3);
    expect(wrapped.bind(undefined, 1)(2)).toBe(3);
    expect(wrapped).toBeInstanceOf(Function);
  });

  test('is of the kind its function is', () => {
    const later = async (): Promise<void> => Promise.resolve();
    expect(Object.prototype.toString.call(traced('later', later))).toBe('[object AsyncFunction]');
    function* numbers(): Generator<number> {
      yield 1;
    }
    expect(Object.prototype.toString.call(traced('numbers', numbers))).toBe('[object GeneratorFunction]');
    expect(numbers()).toBeInstanceOf(traced('numbers', numbers));
  });
});

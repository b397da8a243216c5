import 'reflect-metadata';
import { Body, Controller, HttpCode, Module, Post, type RawBodyRequest, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { Redis } from 'ioredis';

/**
 * The baseline: Nest on fastify that parses a body, puts it on a stream as it came and answers. It authenticates nobody,
 * checks nothing and signs nothing. Run with a port, Redis' URL and the stream's name.
 */
const [port = '', redisUrl = '', streamName = ''] = process.argv.slice(2);
const redis = new Redis(redisUrl);

class PlainIngest {
  async take({ seq }: { seq: number }, { rawBody }: RawBodyRequest<FastifyRequest>): Promise<object> {
    await redis.xadd(streamName, '*', 'body', rawBody ?? '');
    return { status: 'accepted', seq };
  }
}

// As decorators do: Node runs this file as it is, and they are no part of the language yet.
const { prototype } = PlainIngest;
const handler = Object.getOwnPropertyDescriptor(prototype, 'take') ?? {};
Body()(prototype, 'take', 0);
Req()(prototype, 'take', 1);
HttpCode(200)(prototype, 'take', handler);
Post('events')(prototype, 'take', handler);
Controller()(PlainIngest);

class PlainModule {}
Module({ controllers: [PlainIngest] })(PlainModule);

const adapter = new FastifyAdapter({ bodyLimit: 16 * 2 ** 20 });
const app = await NestFactory.create<NestFastifyApplication>(PlainModule, adapter, {
  logger: false,
  rawBody: true,
});
await app.listen(Number(port), '127.0.0.1');

import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Public } from '../http/access.ts';
import { DomainError } from '../kernel/domain-error.ts';
import { ConsoleFiles } from './console-files.ts';
import { withNonce } from './content-policy.ts';

/** Paths that are never pages: a mistake there must not look like a success. */
const NOT_A_PAGE = /^(api|health|ws|metrics)(\/|$)/;
const YEAR = 'public, max-age=31536000, immutable';
/** Asked again each time, answered 304 where nothing changed. */
const REVALIDATE = 'no-cache';

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>SwisperStudio</title></head>
<body><h1>The console is not built</h1>
<p>The API is running. Build the console with <code>npm run build</code> and start the server again.</p>
<p><a href="/api/docs">API documentation</a></p></body></html>`;

/** The console: its files, and its page for every other path, so that links into it can be opened. */
@ApiExcludeController()
@Controller()
@Public()
export class ConsoleController {
  private readonly files: ConsoleFiles;

  constructor(files: ConsoleFiles) {
    this.files = files;
  }

  @Get(['/', '/*'])
  async serve(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const path = decodedPath(request.url);
    if (path === null || NOT_A_PAGE.test(path)) throw new DomainError('not_found', 'Not found');
    if (this.files.has(path)) {
      void reply.header('Cache-Control', this.files.isImmutable(path) ? YEAR : REVALIDATE);
      return reply.sendFile(path, this.files.root, { cacheControl: false });
    }
    if (looksLikeFile(path)) throw new DomainError('not_found', 'Not found');
    return this.sendPage(reply);
  }

  private async sendPage(reply: FastifyReply): Promise<void> {
    void reply.header('Content-Type', 'text/html; charset=utf-8');
    if (this.files.indexHtml === null) return reply.status(503).send(NOT_BUILT);
    const { html, policy } = withNonce(this.files.indexHtml);
    return reply.header('Content-Security-Policy', policy).header('Cache-Control', 'no-store').send(html);
  }
}

/** Without the leading slash and the query; null when it is not decodable. */
function decodedPath(url: string): string | null {
  try {
    return decodeURIComponent(url.split('?')[0] ?? '').replace(/^\/+/, '');
  } catch {
    return null;
  }
}

/** A missing script must not be answered with a page. Ids in page paths may have dots but no such endings. */
function looksLikeFile(path: string): boolean {
  return /\.(js|mjs|css|map|json|ico|png|svg|webp|woff2?|txt|webmanifest)$/.test(path);
}

import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../../tools/free-port.ts';

interface Line {
  readonly client: Socket;
  readonly target: Socket;
  isDead: boolean;
}

/** Stands between the server and a dependency on 127.0.0.1, and makes the network between them bad. */
export class TcpProxy {
  readonly port: number;
  private readonly lines = new Set<Line>();
  private readonly server: Server;
  private latencyMs = 0;

  private constructor(server: Server, port: number) {
    this.server = server;
    this.port = port;
  }

  static async open(targetPort: number): Promise<TcpProxy> {
    const server = createServer();
    const port = await freePort();
    const proxy = new TcpProxy(server, port);
    server.on('connection', (client) => proxy.join(client, targetPort));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return proxy;
  }

  /** Everything that passes from now on is this late, in both directions and in order. */
  delay(ms: number): void {
    this.latencyMs = ms;
  }

  /** All connections are reset (RST); new ones are fine. */
  reset(): void {
    for (const line of this.lines) this.tear(line);
  }

  /**
   * Half-open: those who hold a connection now hear nothing any more, neither data nor its end, ever; new connections
   * are fine. A cable that was pulled, or a firewall that forgot.
   */
  blackHole(): void {
    for (const line of this.lines) line.isDead = true;
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private join(client: Socket, targetPort: number): void {
    const line: Line = { client, target: connect(targetPort, '127.0.0.1'), isDead: false };
    this.lines.add(line);
    this.pass(line, client, line.target);
    this.pass(line, line.target, client);
  }

  private pass(line: Line, from: Socket, to: Socket): void {
    const later = new LateQueue(() => this.latencyMs);
    const act = (doIt: () => void): void => later.add(() => line.isDead || doIt());
    from.setNoDelay(true);
    from.on('data', (data) => act(() => to.write(data)));
    from.on('end', () => act(() => to.end()));
    from.on('error', () => act(() => to.destroy()));
    from.on('close', () => {
      if (line.client.destroyed && line.target.destroyed) this.lines.delete(line);
    });
  }

  private tear(line: Line): void {
    this.lines.delete(line);
    line.isDead = true;
    line.client.resetAndDestroy();
    line.target.resetAndDestroy();
  }
}

/** Does what it is given after a while, in order, also when the while gets shorter. */
class LateQueue {
  private readonly waiting: { dueMs: number; act: () => void }[] = [];
  private readonly latencyMs: () => number;

  constructor(latencyMs: () => number) {
    this.latencyMs = latencyMs;
  }

  add(act: () => void): void {
    if (this.waiting.length === 0 && this.latencyMs() === 0) return act();
    this.waiting.push({ dueMs: performance.now() + this.latencyMs(), act });
    if (this.waiting.length === 1) this.wait();
  }

  private wait(): void {
    const [next] = this.waiting;
    if (next === undefined) return;
    setTimeout(
      () => {
        this.waiting.shift();
        next.act();
        this.wait();
      },
      Math.max(0, next.dueMs - performance.now()),
    );
  }
}

import { createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../server/tools/free-port.ts';

const END = '\r\n';

/** The commands that are whole, and where the rest begins. */
function commandsIn(bytes: Buffer): { commands: Buffer[][]; rest: Buffer } {
  const commands: Buffer[][] = [];
  let at = 0;
  const line = (from: number): [text: string, next: number] | undefined => {
    const end = bytes.indexOf(END, from);
    return end < 0 ? undefined : [bytes.toString('latin1', from + 1, end), end + END.length];
  };
  for (;;) {
    const head = line(at);
    if (head === undefined) return { commands, rest: bytes.subarray(at) };
    let [, next] = head;
    const args: Buffer[] = [];
    while (args.length < Number(head[0])) {
      const size = line(next);
      const end = size === undefined ? Infinity : size[1] + Number(size[0]);
      if (size === undefined || end + END.length > bytes.length)
        return { commands, rest: bytes.subarray(at) };
      args.push(Buffer.from(bytes.subarray(size[1], end)));
      next = end + END.length;
    }
    commands.push(args);
    at = next;
  }
}

/** Answers entries as it is told, for what no real Redis does twice in the same way. */
export class ScriptedRedis {
  /** Arguments of each XADD, in the order they came. */
  readonly added: Buffer[][] = [];
  /** How often it was asked for a key. */
  reads = 0;
  private readonly answers: (string | undefined)[];
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private port = 0;
  private refusal: string | undefined;

  /** @param answers to the XADDs; undefined, and after the last: taken */
  constructor(...answers: (string | undefined)[]) {
    this.answers = answers;
    this.server = createServer((socket) => this.serve(socket));
  }

  /** Once started. */
  get url(): string {
    return `redis://127.0.0.1:${String(this.port)}`;
  }

  async start(port?: number): Promise<void> {
    this.port = port ?? (await freePort());
    return new Promise((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
  }

  /** From now on every entry is answered so. */
  refuse(answer: string): void {
    this.refusal = answer;
  }

  /** From now on every entry is taken. */
  recover(): void {
    this.answers.length = 0;
    this.refusal = undefined;
  }

  /** Connections stay; new ones find whoever listens there then. */
  stopListening(): void {
    this.server.close();
  }

  stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private serve(socket: Socket): void {
    let waiting = Buffer.alloc(0);
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      const { commands, rest } = commandsIn(Buffer.concat([waiting, bytes]));
      waiting = Buffer.from(rest);
      socket.write(commands.map((args) => this.answerTo(args)).join(''));
    });
  }

  private answerTo(args: Buffer[]): string {
    const name = String(args[0]).toLowerCase();
    if (name === 'info') return `$13${END}redis_mode:ok${END}`;
    if (name === 'memory') return `:0${END}`;
    if (name === 'get') {
      this.reads += 1;
      return `$-1${END}`;
    }
    if (name !== 'xadd') return `+OK${END}`;
    this.added.push(args);
    return `${this.refusal ?? this.answers.shift() ?? `+${String(this.added.length)}-1`}${END}`;
  }
}

import type { Command, Redis } from 'ioredis';

export type CommandArgument = string | Buffer;

/**
 * What goes to the socket: the protocol around the arguments as text, each Buffer by itself.
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/#arrays
 */
function piecesOf(args: readonly CommandArgument[]): Buffer[] {
  const pieces: Buffer[] = [];
  let text = `*${String(args.length)}\r\n`;
  for (const arg of args) {
    text += `$${String(Buffer.byteLength(arg))}\r\n`;
    if (typeof arg === 'string') text += `${arg}\r\n`;
    else {
      pieces.push(Buffer.from(text), arg);
      text = '\r\n';
    }
  }
  pieces.push(Buffer.from(text));
  return pieces;
}

/**
 * Makes a command hand its Buffers to the socket as they are: ioredis would first join a copy of everything, which for an
 * entry of 100 KB costs more than all the rest of sending it. They must stay as they are until it is answered.
 * @param args its name, and its arguments
 */
export function inPieces(command: Command, { stream }: Redis, args: readonly CommandArgument[]): Command {
  command.toWritable = () => {
    const pieces = piecesOf(args);
    const last = pieces.pop() ?? '';
    for (const piece of pieces) stream.write(piece);
    return last;
  };
  return command;
}

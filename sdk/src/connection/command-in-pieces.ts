import type { Command, Redis } from 'ioredis';

export type CommandArgument = string | Buffer;

/** @param bytesOf a text */
function inProtocol(
  args: readonly CommandArgument[],
  bytesOf: (text: string) => number,
): readonly CommandArgument[] {
  const pieces: CommandArgument[] = [];
  let text = `*${String(args.length)}\r\n`;
  for (const arg of args) {
    if (typeof arg === 'string') text += `$${String(bytesOf(arg))}\r\n${arg}\r\n`;
    else {
      pieces.push(`${text}$${String(arg.length)}\r\n`, arg);
      text = '\r\n';
    }
  }
  pieces.push(text);
  return pieces;
}

const charsOf = (text: string): number => text.length;
const bytesOf = (text: string): number => Buffer.byteLength(text);
const isAscii = (piece: CommandArgument): boolean =>
  typeof piece !== 'string' || bytesOf(piece) === charsOf(piece);

/**
 * What goes to the socket: the protocol around the arguments as texts, each Buffer by itself. Names and numbers are ASCII nearly
 * always, so their bytes are counted once for all that stand together.
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/#arrays
 */
export function piecesOf(args: readonly CommandArgument[]): readonly CommandArgument[] {
  const pieces = inProtocol(args, charsOf);
  return pieces.every(isAscii) ? pieces : inProtocol(args, bytesOf);
}

/**
 * Makes a command hand its Buffers to the socket as they are: ioredis would first join a copy of everything, which for an
 * entry of 100 KB costs more than all the rest of sending it. They must stay as they are until it is answered.
 * @param args its name, and its arguments
 */
export function inPieces(command: Command, { stream }: Redis, args: readonly CommandArgument[]): Command {
  command.toWritable = () => {
    const pieces = piecesOf(args);
    for (const piece of pieces.slice(0, -1)) stream.write(piece);
    return pieces.at(-1) ?? '';
  };
  return command;
}

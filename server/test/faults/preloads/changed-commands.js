// What negative controls change of a server: what it says to Redis. Imported by preloads.
import { Redis } from 'ioredis';

/** Calls `change` with the upper-case name and the arguments of each command before it is sent. */
export function changeCommands(change) {
  const { sendCommand } = Redis.prototype;
  Redis.prototype.sendCommand = function (command, ...rest) {
    change(command.name.toUpperCase(), command.args);
    return sendCommand.call(this, command, ...rest);
  };
}

// Preloaded into the server: Redis does not keep what it hands out (NOACK). The mistake the checker must find.
import { changeCommands } from './changed-commands.js';

changeCommands((name, args) => {
  if (name === 'XREADGROUP') args.splice(3, 0, 'NOACK');
  if (name.startsWith('EVAL') && typeof args[0] === 'string' && args[0].includes("'XREADGROUP'"))
    args[0] = args[0].replaceAll("'STREAMS'", "'NOACK', 'STREAMS'");
});

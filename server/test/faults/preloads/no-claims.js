// Preloaded into the server: it never takes over what another one left behind. The mistake the checker must find.
import { changeCommands } from './changed-commands.js';

const NEVER_MS = '999999999999';

changeCommands((name, args) => {
  if (name === 'XAUTOCLAIM') args[3] = NEVER_MS;
});

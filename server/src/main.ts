import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Most of a start is reading some thousand modules, and much of that compiling them: what was compiled before is kept
// where the modules are. A folder that cannot be written, or NODE_COMPILE_CACHE, is as good.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/swisper-studio'));
await import('./app/run-server.ts');

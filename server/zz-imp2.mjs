const c0=process.cpuUsage(); const t0=performance.now(); const lap=(n)=>{const c=process.cpuUsage(c0);console.log(n.padEnd(40),'wall',(performance.now()-t0).toFixed(0),'cpu',((c.user+c.system)/1000).toFixed(0))};
const D='/tmp/h/r/server/dist/'; const M='/tmp/h/r/node_modules/';
import { createRequire } from 'node:module'; const require=createRequire('/tmp/h/r/server/dist/main.js');
const imp=async(n)=>{await import(require.resolve(n).startsWith('/')?'file://'+require.resolve(n):n);lap(n)};
const impe=async(n)=>{await import(import.meta.resolve?n:n);lap(n)};
if(process.argv[2]==='parts'){
 for(const n of ['reflect-metadata','rxjs','class-transformer','class-validator','fastify','ioredis','pg','pino','nestjs-pino','prom-client','pg-copy-streams','rate-limiter-flexible','typeorm','@fastify/compress','@fastify/cookie','@fastify/static','@nestjs/common','@nestjs/core','@nestjs/platform-fastify','@nestjs/schedule','@nestjs/swagger','@nestjs/terminus','@nestjs/typeorm','@node-rs/argon2','uuid','swisper-studio/contract','@swisper-studio/migrations']) { try { await import(n) } catch(e){console.log(n,e.message.slice(0,80))} lap(n);} }
await import(D+'bundled/zz.js'); lap('create-app imported');
const {createApp}=await import(D+'bundled/zz.js'); const {readSettings}=await import(D+'config/settings.js');
const r=readSettings({DATABASE_URL:'postgres://x@127.0.0.1:1/x',REDIS_URL:'redis://127.0.0.1:2'}); lap('settings');
const app=await createApp(r.settings); lap('createApp');
lap('init');
process.exit();

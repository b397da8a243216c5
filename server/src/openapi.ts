import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentText } from './app/openapi-document.ts';

/** Writes server/openapi.json, from which the console's types are made. Needs no database and no Redis. */
writeFileSync(join(import.meta.dirname, '../openapi.json'), await documentText());

/**
 * LangChain.js: a callback handler. Needs no package of LangChain's itself, whichever version the application has.
 */
import { SwisperStudioHandler } from './langchain-handler.ts';
import { type LangChainHandlerOptions } from './langchain-metadata.ts';

export { type LangChainHandlerOptions, SwisperStudioHandler };

/** A callback handler, for `callbacks: [createLangChainHandler()]`. Graphs made by `createTracedGraph` have one already. */
export const createLangChainHandler = (options: LangChainHandlerOptions = {}): SwisperStudioHandler =>
  new SwisperStudioHandler(options);

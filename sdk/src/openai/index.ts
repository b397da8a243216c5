/**
 * The OpenAI client, and every client with its shape (Azure OpenAI, and `baseURL`s of others). Needs no package of OpenAI's
 * itself, whichever version the application has.
 */
export { observeOpenAI, type ObserveOpenAIOptions } from './observe-openai.ts';

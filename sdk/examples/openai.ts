/**
 * The OpenAI client: wrap it once, use it as before. OPENAI_API_KEY and OPENAI_BASE_URL are the client's own settings.
 */
import OpenAI from 'openai';
import { initializeTracing, shutdown, traced } from 'swisper-studio';
import { observeOpenAI } from 'swisper-studio/openai';

initializeTracing();
const openai = observeOpenAI(new OpenAI());
const model = 'gpt-4o-mini';

// Inside a traced function its calls are observations below it; outside, each is a trace of its own.
const capitalOf = traced('capital_of', async (country: string): Promise<string> => {
  const completion = await openai.chat.completions.create({
    model,
    temperature: 0,
    messages: [{ role: 'user', content: `What is the capital of ${country}?` }],
  });
  return completion.choices[0]?.message.content ?? '';
});
console.log(await capitalOf('Switzerland'));

// Streams are put together as they pass. Tokens are told where they are asked for.
const stream = await openai.chat.completions.create({
  model,
  messages: [{ role: 'user', content: 'Tell me about it.' }],
  stream: true,
  stream_options: { include_usage: true },
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
process.stdout.write('\n');

await shutdown();

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { freePort } from '../../server/tools/free-port.ts';

type Json = Record<string, unknown>;

const USAGE = {
  prompt_tokens: 100,
  completion_tokens: 50,
  total_tokens: 150,
  prompt_tokens_details: { cached_tokens: 80 },
  completion_tokens_details: { reasoning_tokens: 30 },
};
const RESPONSE_USAGE = {
  input_tokens: 100,
  output_tokens: 50,
  total_tokens: 150,
  input_tokens_details: { cached_tokens: 80 },
  output_tokens_details: { reasoning_tokens: 30 },
};
const TOOL_CALL = {
  id: 'call-1',
  type: 'function',
  function: { name: 'get_weather', arguments: '{"city":"Bern"}' },
};
const JSON_ANSWER = '{"city":"Zurich"}';

/**
 * A server that speaks OpenAI's wire format, and its streams, to the real client. What it answers depends on the model asked for:
 * `tools…` calls a tool (until it got the result), `bare…` leaves out usage, `json…` answers JSON, `busy…` refuses each first request with 429,
 * `wrong…` answers 400, `broken…` breaks a stream off with an error, `endless…` streams until it is left, `failed…` fails a response.
 */
export class OpenAiServer {
  readonly requests: { path: string; body: Json }[] = [];
  /** Set while a stream is being written; cleared when the client has gone. */
  openStreams = 0;
  private server: Server | undefined;
  private port = 0;

  get baseURL(): string {
    return `http://127.0.0.1:${String(this.port)}/v1`;
  }

  async start(): Promise<void> {
    this.port = await freePort();
    this.server = createServer((request, response) => void this.serve(request, response));
    await new Promise<void>((resolve, reject) =>
      this.server?.once('error', reject).listen(this.port, '127.0.0.1', resolve),
    );
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    // Azure names the model in the path.
    const path = (request.url ?? '').replace(/^\/v1(\/deployments\/[^/]+)?|\?.*$/g, '');
    const body = (text === '' ? {} : JSON.parse(text)) as Json;
    this.requests.push({ path, body });
    const model = modelOf(body);
    const sent = this.requests.filter((each) => each.body['model'] === model).length;
    if (model.startsWith('busy') && sent === 1) return refuse(response, 429, 'slow down');
    if (model.startsWith('wrong')) return refuse(response, 400, 'no such model');
    if (body['stream'] === true) return this.stream(response, path === '/responses', body);
    const answer = this.answer(path, body);
    if (answer === undefined) return refuse(response, 404, 'no such path');
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'req-7' });
    response.end(JSON.stringify(answer));
  }

  private answer(path: string, body: Json): Json | undefined {
    const model = modelOf(body);
    switch (path) {
      case '/chat/completions':
        return chatAnswer(model, body);
      case '/responses':
        return responseAnswer(model, 'Zurich');
      case '/completions':
        return {
          model,
          choices: [{ text: 'Zurich', index: 0, finish_reason: 'stop' }],
          usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
        };
      case '/embeddings':
        return embeddingAnswer(model, body);
      case '/models':
        return { object: 'list', data: [{ id: 'gpt-4o', object: 'model' }] };
      default:
        return undefined;
    }
  }

  private async stream(response: ServerResponse, isResponse: boolean, body: Json): Promise<void> {
    const model = modelOf(body);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    this.openStreams += 1;
    let isLeft = false;
    response.once('close', () => {
      isLeft = true;
      this.openStreams -= 1;
    });
    const send = async (event: unknown): Promise<void> => {
      const name = isResponse && isTyped(event) ? `event: ${event.type}\n` : '';
      response.write(`${name}data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);
      await new Promise((resolve) => setTimeout(resolve, 3));
    };
    const events = isResponse ? responseEvents(model) : chatChunks(model, body);
    for (const event of events) if (!isLeft) await send(event);
    for (let i = 0; model.startsWith('endless') && !isLeft; i += 1)
      await send(chunkOf(model, { content: '.' }));
    if (model.startsWith('broken')) await send({ error: { message: 'overloaded', type: 'server_error' } });
    if (!isResponse) await send('[DONE]');
    response.end();
  }
}

const modelOf = ({ model }: Json): string => (typeof model === 'string' ? model : '');

const isTyped = (event: unknown): event is { type: string } =>
  typeof event === 'object' && event !== null && 'type' in event;

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'retry-after-ms': '1' });
  response.end(JSON.stringify({ error: { message, type: 'invalid_request_error', code: null } }));
}

const exact = (model: string): string => `${model}-2026-01-01`;

function chatAnswer(model: string, body: Json): Json {
  const hasResult = JSON.stringify(body['messages']).includes('"tool"');
  const isCall = model.startsWith('tools') && !hasResult;
  const content = model.startsWith('json') ? JSON_ANSWER : 'Zurich';
  const message = isCall
    ? { role: 'assistant', content: null, tool_calls: [TOOL_CALL] }
    : { role: 'assistant', content };
  const choice = (index: number): Json => ({
    index,
    message,
    finish_reason: isCall ? 'tool_calls' : 'stop',
  });
  const count = typeof body['n'] === 'number' ? body['n'] : 1;
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: exact(model),
    choices: Array.from({ length: count }, (_, i) => choice(i)),
    ...(model.startsWith('bare') ? {} : { usage: USAGE }),
  };
}

const chunkOf = (model: string, delta: Json, finish_reason: string | null = null): Json => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: exact(model),
  choices: [{ index: 0, delta, finish_reason }],
});

function chatChunks(model: string, body: Json): Json[] {
  const call = (delta: Json): Json => chunkOf(model, { tool_calls: [{ index: 0, ...delta }] });
  const isCall = model.startsWith('tools') && !JSON.stringify(body['messages']).includes('"tool"');
  const content = model.startsWith('json') ? ['{"city":', '"Zurich"}'] : ['Zu', 'rich'];
  const said = isCall
    ? [
        call({ id: 'call-1', type: 'function', function: { name: 'get_weather', arguments: '' } }),
        call({ function: { arguments: '{"city":' } }),
        call({ function: { arguments: '"Bern"}' } }),
      ]
    : content.map((text) => chunkOf(model, { content: text }));
  const first = [chunkOf(model, { role: 'assistant', content: '' }), ...said];
  if (/^(endless|broken)/.test(model)) return first;
  const chunks = [...first, chunkOf(model, {}, isCall ? 'tool_calls' : 'stop')];
  const options = body['stream_options'] as Json | undefined;
  if (options?.['include_usage'] !== true) return chunks;
  return [...chunks, { ...chunkOf(model, {}), choices: [], usage: USAGE }];
}

function responseAnswer(model: string, text: string): Json {
  const isFailed = model.startsWith('failed');
  return {
    id: 'resp-1',
    object: 'response',
    created_at: 1,
    status: isFailed ? 'failed' : 'completed',
    error: isFailed ? { code: 'server_error', message: 'the model fell over' } : null,
    incomplete_details: null,
    model: exact(model),
    output: [
      {
        id: 'msg-1',
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [
          { type: 'output_text', text: model.startsWith('json') ? JSON_ANSWER : text, annotations: [] },
        ],
      },
    ],
    usage: RESPONSE_USAGE,
  };
}

function responseEvents(model: string): Json[] {
  const response = responseAnswer(model, 'Zurich');
  const at = { item_id: 'msg-1', output_index: 0, content_index: 0 };
  const item = { id: 'msg-1', type: 'message', role: 'assistant', status: 'in_progress', content: [] };
  const part = { type: 'output_text', text: '', annotations: [] };
  return [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [], usage: null } },
    { type: 'response.output_item.added', output_index: 0, item },
    { type: 'response.content_part.added', ...at, part },
    { type: 'response.output_text.delta', ...at, delta: 'Zu', logprobs: [] },
    { type: 'response.output_text.delta', ...at, delta: 'rich', logprobs: [] },
    { type: model.startsWith('failed') ? 'response.failed' : 'response.completed', response },
  ].map((event, sequence_number) => ({ ...event, sequence_number }));
}

function embeddingAnswer(model: string, body: Json): Json {
  const vector = [0.25, 0.5, 0.75, 1];
  const isBase64 = body['encoding_format'] === 'base64';
  const embedding = isBase64 ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector;
  const count = Array.isArray(body['input']) ? body['input'].length : 1;
  return {
    object: 'list',
    model,
    data: Array.from({ length: count }, (_, index) => ({ object: 'embedding', index, embedding })),
    usage: { prompt_tokens: 8, total_tokens: 8 },
  };
}

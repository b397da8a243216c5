import { type CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage, AIMessageChunk, type BaseMessage, type UsageMetadata } from '@langchain/core/messages';
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs';

export interface Answer {
  text?: string;
  toolCalls?: { name: string; args: Record<string, unknown>; id: string }[];
  usage?: UsageMetadata;
  llmOutput?: Record<string, unknown>;
  responseMetadata?: Record<string, unknown>;
  error?: Error;
}

/** A LangChain chat model whose provider follows a script; everything around it is LangChain's own. */
export class ScriptedChatModel extends BaseChatModel {
  private readonly answers: readonly Answer[];
  private calls = 0;

  constructor(...answers: readonly Answer[]) {
    super({});
    this.answers = answers;
  }

  override _llmType(): string {
    return 'scripted';
  }

  override invocationParams(): Record<string, unknown> {
    return {
      model: 'scripted-1',
      temperature: 0.2,
      max_tokens: 64,
      api_key: 'never to be seen',
      tools: [{ type: 'function', function: { name: 'add' } }],
    };
  }

  override bindTools(): this {
    return this;
  }

  override _generate(_messages: BaseMessage[]): Promise<ChatResult> {
    const { text = '', toolCalls = [], usage, llmOutput, responseMetadata = {}, error } = this.next();
    if (error !== undefined) return Promise.reject(error);
    const message = new AIMessage({
      content: text,
      tool_calls: toolCalls.map((call) => ({ ...call, type: 'tool_call' as const })),
      response_metadata: responseMetadata,
    });
    // Its type has no place for it where tools are typed.
    Object.assign(message, { usage_metadata: usage });
    const generations = [{ text, message, generationInfo: { finish_reason: 'stop' } }];
    return Promise.resolve({ generations, ...(llmOutput === undefined ? {} : { llmOutput }) });
  }

  override async *_streamResponseChunks(
    _messages: BaseMessage[],
    _options: this['ParsedCallOptions'],
    run?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const { text = '', toolCalls = [], usage, error } = this.next();
    const chunk = (content: string, more: object = {}): ChatGenerationChunk =>
      new ChatGenerationChunk({
        text: content,
        message: new AIMessageChunk({
          content,
          response_metadata: { model_name: 'scripted-1-2026' },
          ...more,
        }),
      });
    const tokens = ['', ...text.split(/(?<= )/)];
    for (const token of tokens) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const next = chunk(token);
      await run?.handleLLMNewToken(token, undefined, undefined, undefined, undefined, { chunk: next });
      yield next;
    }
    if (error !== undefined) throw error;
    for (const [index, { name, args, id }] of toolCalls.entries())
      yield chunk('', {
        tool_call_chunks: [{ type: 'tool_call_chunk', index, name, args: JSON.stringify(args), id }],
      });
    if (usage !== undefined) yield chunk('', { usage_metadata: usage });
  }

  private next(): Answer {
    const answer = this.answers[Math.min(this.calls, this.answers.length - 1)];
    this.calls += 1;
    return answer ?? {};
  }
}

import { type GeneratorWatch } from './followed-generator.ts';
import { JsonText } from '../payloads/json-text.ts';
import { failStep, finishStep, type Step } from './traced-step.ts';
import { YieldedValues } from './yielded-values.ts';

/** No secret that is known only by what comes later in it (an e-mail address, say) is longer. */
const LONGEST_HALF_CHARS = 512;

/** The step of a function that returned a generator: it ends with that, once, and its output is what was yielded. */
export class YieldingStep implements GeneratorWatch {
  private readonly step: Step;
  private readonly values: YieldedValues;
  private isOver = false;

  constructor(step: Step) {
    this.step = step;
    this.values = new YieldedValues(step.sdk.options.maxFieldBytes);
  }

  yielded(value: unknown): void {
    const { observation, sdk, type } = this.step;
    // A model's first token. Other steps have none.
    if (type === 'GENERATION' && value !== '' && value !== undefined) observation.firstTokenCame();
    if (sdk.recorder.captures('output')) this.values.add(value);
  }

  returned(value: unknown): void {
    this.settle(() => finishStep(this.step, this.values.count === 0 ? value : this.output));
  }

  /** As a stream of a model that is left: what came until then is kept. */
  left(): void {
    this.settle(() => {
      this.step.observation.remember({ statusMessage: 'the generator was left before its end' });
      finishStep(this.step, this.output, 'incomplete');
    });
  }

  threw(error: unknown): void {
    this.settle(() => {
      this.step.observation.rememberOutput(this.output);
      failStep(this.step, error);
    });
  }

  /** A generator that is over may be asked again, which says nothing new. */
  private settle(tell: () => void): void {
    if (this.isOver) return;
    this.isOver = true;
    const { count, keptCount } = this.values;
    if (count > keptCount)
      this.step.observation.remember({ meta: { yielded: { values: count, kept: keptCount } } });
    tell();
  }

  private get output(): unknown {
    const { count, keptCount, output } = this.values;
    if (count === 0) return undefined;
    return typeof output === 'string' && count > keptCount ? this.withoutEnd(output) : output;
  }

  /** Of a text that goes on: where it stops, half a secret may be, which nobody knows for one. */
  private withoutEnd(text: string): unknown {
    const json = this.step.sdk.recorder.jsonText(text, 'output');
    const shown: unknown = json === undefined ? undefined : JSON.parse(json.text);
    // A mask may have said something else instead.
    if (json === undefined || typeof shown !== 'string' || shown.length < text.length / 2) return json;
    const left = Math.min(LONGEST_HALF_CHARS, Math.floor(shown.length / 2));
    const head = JSON.stringify(shown.slice(0, -left).toWellFormed());
    return new JsonText({ text: head, bytes: Buffer.byteLength(head), cuts: json.cuts });
  }
}

import { type GeneratorWatch } from './followed-generator.ts';
import { failStep, finishStep, type Step } from './traced-step.ts';
import { YieldedValues } from './yielded-values.ts';

/** The step of a function that returned a generator: it ends with that, and its output is what was yielded. */
export class YieldingStep implements GeneratorWatch {
  private readonly step: Step;
  private readonly values: YieldedValues;

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
    this.sayWhatIsLeftOut();
    finishStep(this.step, this.values.count === 0 ? value : this.values.output);
  }

  /** As a stream of a model that is left: what came until then is kept. */
  left(): void {
    this.sayWhatIsLeftOut();
    this.step.observation.remember({ statusMessage: 'the generator was left before its end' });
    finishStep(this.step, this.output, 'incomplete');
  }

  threw(error: unknown): void {
    this.sayWhatIsLeftOut();
    const { output } = this;
    if (output !== undefined) this.step.observation.remember({ output });
    failStep(this.step, error);
  }

  private get output(): unknown {
    return this.values.count === 0 ? undefined : this.values.output;
  }

  private sayWhatIsLeftOut(): void {
    const { count, keptCount } = this.values;
    if (count > keptCount)
      this.step.observation.remember({ meta: { yielded: { values: count, kept: keptCount } } });
  }
}

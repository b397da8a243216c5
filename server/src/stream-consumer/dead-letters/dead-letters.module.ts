import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { SETTINGS } from '../../config/settings.module.ts';
import { type Settings } from '../../config/settings.ts';
import { JobScheduler } from '../../database/job-scheduler.ts';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { ProjectDirectory } from '../../projects/index.ts';
import { RollupLoop, ServerSigningKey, TracesModule, TraceWriter } from '../../traces/index.ts';
import { SwitchEnforcement, TracingConfigModule } from '../../tracing-config/index.ts';
import { EventAccount } from '../accounting/event-account.ts';
import { EntryAdmission } from '../storing/entry-admission.ts';
import { EntryPreparer } from '../storing/entry-preparer.ts';
import { DeadLetterCap } from './dead-letter-cap.ts';
import { DeadLetterReader } from './dead-letter-reader.ts';
import { DeadLetterRemoval } from './dead-letter-removal.ts';
import { DeadLetterReplay } from './dead-letter-replay.entity.ts';
import { DeadLetterReplays } from './dead-letter-replays.ts';
import { DeadLetterStore } from '../refused/dead-letter-store.ts';
import { DeadLetterTally } from '../refused/dead-letter-tally.entity.ts';
import { DeadLetter } from '../refused/dead-letter.entity.ts';
import { DeadLettersController } from './dead-letters.controller.ts';
import { LetterActionsController } from './letter-actions.controller.ts';
import { LetterJudge } from './letter-judge.ts';
import { LetterWriter } from './letter-writer.ts';

const CAP_EVERY_MS = 60_000;

type WriterParts = [DataSource, TraceWriter, ProjectDirectory, SwitchEnforcement, Clock];
type ReplaysParts = [DataSource, DeadLetterReader, LetterJudge, LetterWriter, RollupLoop, Clock];

/** What was refused: kept, shown, replayed, bounded. */
@Module({
  imports: [
    TypeOrmModule.forFeature([DeadLetter, DeadLetterTally, DeadLetterReplay]),
    TracesModule,
    TracingConfigModule,
  ],
  controllers: [LetterActionsController, DeadLettersController],
  providers: [
    DeadLetterReader,
    DeadLetterRemoval,
    {
      provide: DeadLetterCap,
      inject: [DataSource, CLOCK],
      useFactory: (dataSource: DataSource, clock: Clock) => new DeadLetterCap(dataSource, clock),
    },
    {
      provide: LetterJudge,
      inject: [ProjectDirectory, ServerSigningKey, SETTINGS],
      useFactory: (projects: ProjectDirectory, serverKey: ServerSigningKey, settings: Settings) =>
        judgeOf(projects, () => new EntryAdmission(projects, serverKey, settings.observability.streamName)),
    },
    {
      provide: LetterWriter,
      inject: [DataSource, TraceWriter, ProjectDirectory, SwitchEnforcement, CLOCK],
      useFactory: (...[dataSource, traceWriter, signatures, gate, clock]: WriterParts) => {
        const deadLetters = new DeadLetterStore(clock);
        const account = new EventAccount(clock);
        return new LetterWriter({ dataSource, traceWriter, deadLetters, signatures, gate, account, clock });
      },
    },
    {
      provide: DeadLetterReplays,
      inject: [DataSource, DeadLetterReader, LetterJudge, LetterWriter, RollupLoop, CLOCK],
      useFactory: (...[dataSource, reader, judge, writer, rollup, clock]: ReplaysParts) =>
        new DeadLetterReplays({ dataSource, reader, judge, writer, rollup, clock }),
    },
  ],
})
export class DeadLettersModule implements OnModuleInit {
  private readonly scheduler: JobScheduler;
  private readonly cap: DeadLetterCap;

  constructor(@Inject(JobScheduler) scheduler: JobScheduler, @Inject(DeadLetterCap) cap: DeadLetterCap) {
    this.scheduler = scheduler;
    this.cap = cap;
  }

  onModuleInit(): void {
    const run = async (signal: AbortSignal): Promise<void> => void (await this.cap.run(signal));
    this.scheduler.add({ name: 'cap-dead-letters', everyMs: CAP_EVERY_MS, run });
  }
}

function judgeOf(projects: ProjectDirectory, newAdmission: () => EntryAdmission): LetterJudge {
  return new LetterJudge(() => new EntryPreparer(newAdmission()), projects);
}

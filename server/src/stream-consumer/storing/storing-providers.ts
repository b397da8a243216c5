import { Logger, type Provider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SETTINGS } from '../../config/settings.module.ts';
import { type Settings } from '../../config/settings.ts';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { ProjectDirectory } from '../../projects/index.ts';
import { ServerSigningKey, TraceWriter } from '../../traces/index.ts';
import { SwitchEnforcement } from '../../tracing-config/index.ts';
import { EventAccount } from '../accounting/event-account.ts';
import { DeadLetterStore } from '../refused/dead-letter-store.ts';
import { BatchWriter } from './batch-writer.ts';
import { Breaker } from './breaker.ts';
import { CommitFollowUp } from './commit-follow-up.ts';
import { EntryAdmission } from './entry-admission.ts';
import { EntryPreparer } from './entry-preparer.ts';
import { EntryStore } from './entry-store.ts';
import { IsolationMarks } from './isolation-marks.ts';
import { RefusalLog } from './refusal-log.ts';

type WriterParts = [
  dataSource: DataSource,
  traceWriter: TraceWriter,
  deadLetters: DeadLetterStore,
  signatures: ProjectDirectory,
  account: EventAccount,
  gate: SwitchEnforcement,
  breaker: Breaker,
];

type StoreParts = [
  admission: EntryAdmission,
  writer: BatchWriter,
  marks: IsolationMarks,
  listener: CommitFollowUp,
  clock: Clock,
];

/** How the classes that store entries are made: plain ones, that know nothing of Nest. */
export const STORING_PROVIDERS: Provider[] = [
  CommitFollowUp,
  { provide: Breaker, inject: [CLOCK], useFactory: (clock: Clock) => new Breaker(clock) },
  { provide: EventAccount, inject: [CLOCK], useFactory: (clock: Clock) => new EventAccount(clock) },
  { provide: DeadLetterStore, inject: [CLOCK], useFactory: (clock: Clock) => new DeadLetterStore(clock) },
  {
    provide: EntryAdmission,
    inject: [ProjectDirectory, ServerSigningKey, SETTINGS],
    useFactory: (directory: ProjectDirectory, serverKey: ServerSigningKey, settings: Settings) =>
      new EntryAdmission(directory, serverKey, settings.observability.streamName),
  },
  {
    provide: IsolationMarks,
    inject: [DataSource, CLOCK, SETTINGS],
    useFactory: (dataSource: DataSource, clock: Clock, settings: Settings) =>
      new IsolationMarks(dataSource, clock, settings.observability.streamName),
  },
  {
    provide: BatchWriter,
    inject: [
      DataSource,
      TraceWriter,
      DeadLetterStore,
      ProjectDirectory,
      EventAccount,
      SwitchEnforcement,
      Breaker,
    ],
    useFactory: (...parts: WriterParts) => {
      const [dataSource, traceWriter, deadLetters, signatures, account, gate, breaker] = parts;
      return new BatchWriter({ dataSource, traceWriter, deadLetters, signatures, account, gate, breaker });
    },
  },
  {
    provide: EntryStore,
    inject: [EntryAdmission, BatchWriter, IsolationMarks, CommitFollowUp, CLOCK],
    useFactory: (...[admission, writer, marks, listener, clock]: StoreParts) => {
      const refusals = new RefusalLog(new Logger('StreamConsumer'), clock);
      return new EntryStore({ preparer: new EntryPreparer(admission), writer, marks, listener, refusals });
    },
  },
];

import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ProjectDirectory } from '../projects/index.ts';
import { SwitchStates } from './switch-states.ts';
import { TracingPublisher } from './tracing-publisher.ts';

/**
 * Writes a project's keys when it is made and when something beside its switch has changed, such as whether unsigned
 * entries are refused. SDKs need not hurry for that, so nothing is announced; what fails here the next assertion brings.
 */
@Injectable()
export class ChangedProjects implements OnModuleInit {
  private readonly log = new Logger('ChangedProjects');
  private readonly directory: ProjectDirectory;
  private readonly states: SwitchStates;
  private readonly publisher: TracingPublisher;
  /** One at a time: a batch may hold the first signed entries of many projects. */
  private readonly waiting = new Set<string>();
  private isWriting = false;

  constructor(directory: ProjectDirectory, states: SwitchStates, publisher: TracingPublisher) {
    this.directory = directory;
    this.states = states;
    this.publisher = publisher;
  }

  onModuleInit(): void {
    this.directory.onChange((projectId) => {
      this.waiting.add(projectId);
      void this.writeWaiting();
    });
  }

  private async writeWaiting(): Promise<void> {
    if (this.isWriting) return;
    this.isWriting = true;
    // What is added meanwhile is iterated too.
    for (const projectId of this.waiting) {
      this.waiting.delete(projectId);
      await this.write(projectId);
    }
    this.isWriting = false;
  }

  private async write(projectId: string): Promise<void> {
    try {
      const state = await this.states.readOne(projectId);
      if (state !== undefined) await this.publisher.write(state);
    } catch (error) {
      this.log.warn({ err: error, projectId }, 'A changed project is saved but not yet published');
    }
  }
}

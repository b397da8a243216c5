import { afterAll, afterEach, beforeEach } from '@jest/globals';
import { shutdown, type TracingOptions } from '../src/index.ts';
import { ObservedProject } from './observed-project.ts';

/** A project and a stream of its own for each test of the file, traced from its start to its end. */
export function useObservedProject(options: TracingOptions = {}): ObservedProject {
  const project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
  beforeEach(() => {
    project.renew();
    project.initialize(options);
  });
  afterEach(() => shutdown());
  afterAll(() => project.close());
  return project;
}

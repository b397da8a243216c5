import { expect, test } from '@jest/globals';
import { flush, traced } from '../../src/index.ts';
import { waitUntil } from '../observed-project.ts';
import { useObservedProject } from '../use-observed-project.ts';

const project = useObservedProject();

test('what a trace calls after another project took over stays with the project of the trace', async () => {
  const inner = traced('inner', () => 1);
  const outer = traced('outer', () => {
    project.renew();
    project.initialize();
    return inner();
  });
  const { streamName, projectId } = project;
  outer();
  traced('of the new project', () => 2)();
  await flush(60_000);
  expect([...(await project.observations()).keys()]).toEqual(['of the new project']);
  const { streamName: newStream } = project;
  Object.assign(project, { streamName });
  const ofOld = async (): Promise<unknown[]> => [...(await project.observations()).keys()];
  await waitUntil(async () => (await ofOld()).length > 0, 30_000);
  expect(await ofOld()).toEqual(['outer', 'inner']);
  expect((await project.entries()).map((entry) => entry.projectId)).toEqual([projectId]);
  Object.assign(project, { streamName: newStream });
});

import { type Figure, mustHold } from '../figures.ts';
import type { Scenario } from '../scenario.ts';
import { NEGATIVE_CONTROLS, playControl } from './negative-controls.ts';

export const controls: Scenario = {
  name: 'controls',
  title: 'mistakes made on purpose, seen by the same checker',
  play: async ({ stage, say }) => {
    const figures: Figure[] = [];
    for (const control of NEGATIVE_CONTROLS) {
      const findings = await playControl(stage, control);
      const count = findings[control.shows];
      figures.push(mustHold(control.name, `${String(count)} ${control.shows}`, '> 0', count > 0));
      say(`${control.name}: ${String(count)} ${control.shows}`);
    }
    return figures;
  },
};

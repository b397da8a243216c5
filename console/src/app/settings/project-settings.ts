import { Component, input } from '@angular/core';

@Component({ selector: 'sw-project-settings', template: '{{ projectId() }}' })
export class ProjectSettings {
  readonly projectId = input.required<string>();
}

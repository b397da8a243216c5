import { Pipe, type PipeTransform } from '@angular/core';

import { visibleText } from './visible-text.ts';

/** For every text that an observed application sent. */
@Pipe({ name: 'visible' })
export class VisibleTextPipe implements PipeTransform {
  transform(text: string | null | undefined): string {
    return visibleText(text ?? '');
  }
}

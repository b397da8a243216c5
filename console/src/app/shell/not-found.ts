import { Component } from '@angular/core';
import { RouterLink } from '@angular/router';

import { PageHeading } from '../ui/page-heading.ts';

@Component({
  selector: 'sw-not-found',
  imports: [PageHeading, RouterLink],
  template: `
    <div class="box">
      <sw-page-heading [titleParts]="['Page not found']">Page not found</sw-page-heading>
      <p class="muted">There is nothing at this address.</p>
      <a class="btn" routerLink="/projects">Go to projects</a>
    </div>
  `,
  styles: `
    .box {
      display: grid;
      justify-items: center;
      gap: 10px;
      padding: 96px 24px;
    }
  `,
})
export class NotFound {}

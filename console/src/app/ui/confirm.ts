import { Component, computed, inject, signal } from '@angular/core';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';

export interface ConfirmQuestion {
  title: string;
  text: string;
  /** The word on the button that does it: "Revoke". */
  action: string;
  /** When set, the person has to type this text first. */
  typed?: string;
}

/** Asks before something that cannot be undone. Closes with true when confirmed. Cancel has the focus. */
@Component({
  selector: 'sw-confirm',
  imports: [MatDialogModule],
  template: `
    <h2 mat-dialog-title>{{ question.title }}</h2>
    <mat-dialog-content>
      <p>{{ question.text }}</p>
      @if (question.typed) {
        <div class="field typed">
          <label for="confirm-typed"
            >Type <b class="mono">{{ question.typed }}</b> to confirm</label
          >
          <input
            id="confirm-typed"
            class="input"
            autocomplete="off"
            spellcheck="false"
            #text
            [value]="entered()"
            (input)="entered.set(text.value)"
          />
        </div>
      }
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button type="button" class="btn" cdkFocusInitial (click)="dialog.close(false)">Cancel</button>
      <button type="button" class="btn danger primary" [disabled]="!ready()" (click)="dialog.close(true)">
        {{ question.action }}
      </button>
    </mat-dialog-actions>
  `,
  styles: `
    .typed {
      margin-top: 16px;
    }
    mat-dialog-actions {
      gap: 8px;
      padding: 12px 24px 20px;
    }
  `,
})
export class Confirm {
  protected readonly question = inject<ConfirmQuestion>(MAT_DIALOG_DATA);
  protected readonly dialog = inject<MatDialogRef<Confirm, boolean>>(MatDialogRef);
  protected readonly entered = signal('');
  protected readonly ready = computed(() => !this.question.typed || this.entered() === this.question.typed);
}

import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentPrincipal, type Principal } from '../../http/access.ts';
import { apiPath } from '../../http/api-path.ts';
import { PageQuery } from '../../http/page.ts';
import { ConsoleBody, StrictQuery } from '../../http/validation.ts';
import { invalidField } from '../../kernel/domain-error.ts';
import { outcomeAnswer, replayRecordAnswer } from './dead-letter-answers.ts';
import {
  DeleteLettersAnswer,
  LetterSelectionBody,
  MAX_LETTERS,
  ReplayAnswer,
  ReplayBody,
  ReplayRecordPage,
} from './dead-letter-dto.ts';
import { type DeadLetterKey, parseDeadLetterId } from './dead-letter-id.ts';
import { DeadLetterRemoval } from './dead-letter-removal.ts';
import { DeadLetterReplays } from './dead-letter-replays.ts';
import { type DeadLetterFilter, positionOf } from './dead-letter-selection.ts';

/** Doing something about dead letters: people only. */
@ApiTags('dead letters')
@Controller(apiPath('dead-letters'))
export class LetterActionsController {
  private readonly replays: DeadLetterReplays;
  private readonly removal: DeadLetterRemoval;

  constructor(replays: DeadLetterReplays, removal: DeadLetterRemoval) {
    this.replays = replays;
    this.removal = removal;
  }

  @Post('replay')
  @HttpCode(200)
  @Access({ people: true })
  @ApiOperation({
    summary: 'Stores dead letters after all, with their original times; those that still fail stay',
    description:
      'At most 1,000 a request, newest first: go on with `next_cursor`. Replaying twice changes nothing. ' +
      'Entries that ended the process (`crash_loop`) are tried only where the filter names that reason: another ' +
      'filter leaves them out, and by id they are `skipped`.',
  })
  @ApiOkResponse({ type: ReplayAnswer })
  async replay(
    @ConsoleBody() body: ReplayBody,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ReplayAnswer> {
    const isDryRun = body.dry_run ?? false;
    const result = await this.replays.replay({
      selection: replaySelection(body),
      asked: body.ids === undefined ? { filter: { ...body.filter } } : { ids: body.ids },
      isDryRun,
      by: principal.kind === 'person' ? principal.email : principal.keyId,
    });
    return {
      replay_id: result.id,
      dry_run: isDryRun,
      counts: { ...result.counts },
      items: result.outcomes.map(outcomeAnswer),
      next_cursor: result.nextCursor,
      remaining: result.remaining,
    };
  }

  @Get('replays')
  @Access({ people: true })
  @ApiOperation({ summary: 'Who replayed what, newest first' })
  @ApiOkResponse({ type: ReplayRecordPage })
  async listReplays(@StrictQuery() query: PageQuery): Promise<ReplayRecordPage> {
    const page = await this.replays.list(query);
    return { items: page.items.map(replayRecordAnswer), next_cursor: page.next_cursor };
  }

  @Post('delete')
  @HttpCode(200)
  @Access({ people: true })
  @ApiOperation({
    summary: 'Deletes some dead letters, or all that match; at most 1,000 a request, newest first',
  })
  @ApiOkResponse({ type: DeleteLettersAnswer })
  async delete(@ConsoleBody() body: LetterSelectionBody): Promise<DeleteLettersAnswer> {
    const keys = keysOf(body);
    if (keys !== null) return { deleted: await this.removal.deleteKeys(keys), remaining: 0 };
    return this.removal.deleteMatching(filterOf(body), body.limit ?? MAX_LETTERS);
  }
}

function replaySelection(body: ReplayBody): Parameters<DeadLetterReplays['replay']>[0]['selection'] {
  const keys = keysOf(body);
  if (keys !== null) return { keys };
  return { filter: filterOf(body), after: positionOf(body.cursor), limit: body.limit ?? MAX_LETTERS };
}

/** Null where a filter selects; neither or both would be a mistake that touches everything. */
function keysOf({ ids, filter }: LetterSelectionBody): DeadLetterKey[] | null {
  if (ids === undefined && filter === undefined) throw invalidField('filter', 'or ids is required');
  if (ids !== undefined && filter !== undefined) throw invalidField('filter', 'and ids exclude each other');
  return ids === undefined ? null : ids.map(keyOf);
}

function keyOf(id: string): DeadLetterKey {
  const key = parseDeadLetterId(id);
  if (key === null) throw invalidField('ids', 'must be ids of dead letters');
  return key;
}

function filterOf({ filter }: LetterSelectionBody): DeadLetterFilter {
  return { projectId: filter?.project_id?.toLowerCase(), reason: filter?.reason };
}

import { DomainError, invalidField } from '../kernel/domain-error.ts';
import { isUuid } from '../kernel/uuid.ts';
import { type Principal } from './access.ts';

interface ProjectLookup {
  find(projectId: string): Promise<{ id: string } | null>;
}

/**
 * Decides which project a request is about: from its credential, or from its project id. A project that does not
 * exist, was deleted or belongs to others looks the same: 404 "Project not found". Provided by ProjectsModule.
 */
export class ProjectScope {
  private readonly projects: ProjectLookup;

  constructor(projects: ProjectLookup) {
    this.projects = projects;
  }

  /**
   * @param projectId as sent; a key may leave it out, a person may not
   * @param field the name it was sent under, for the message
   * @returns the project's id, lower case
   * @throws DomainError `invalid` for an id that is none, `not_found` for an unknown or foreign project
   */
  async resolve(principal: Principal, projectId: unknown, field = 'project_id'): Promise<string> {
    const wanted = projectId ?? (principal.kind === 'key' ? principal.projectId : undefined);
    if (wanted === undefined) throw invalidField(field, 'is required');
    if (!isUuid(wanted)) throw invalidField(field, 'must be a UUID');
    const id = wanted.toLowerCase();
    const isOwn = principal.kind === 'person' || principal.projectId === id;
    if (!isOwn || (await this.projects.find(id)) === null)
      throw new DomainError('not_found', 'Project not found');
    return id;
  }
}

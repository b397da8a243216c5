export { ApiKeyAuthenticator } from './api-key-authenticator.ts';
export { ApiKey } from './api-key.entity.ts';
export { type ProjectDeletion, ProjectDeletions } from './project-deletions.ts';
export { ProjectDirectory } from './project-directory.ts';
export { Project } from './project.entity.ts';
export { ProjectsModule } from './projects.module.ts';

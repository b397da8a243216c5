export { ApiKey } from './api-key.entity.ts';
export { Project } from './project.entity.ts';

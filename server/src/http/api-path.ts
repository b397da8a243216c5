/** Where the API lives, without slashes at the ends. */
export const API_PREFIX = 'api/v1';

/** A controller's path under the API prefix: `apiPath('projects')` is `api/v1/projects`. */
export function apiPath(path: string): string {
  return `${API_PREFIX}/${path}`;
}

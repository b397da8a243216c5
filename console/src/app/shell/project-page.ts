/** Which project a path belongs to, and which of its pages it is. */
export interface ProjectPage {
  projectId: string;
  section: 'traces' | 'settings';
}

/** Reads `/projects/:id/…`; null for pages outside a project. */
export function projectPage(url: string): ProjectPage | null {
  const match = /^\/projects\/([^/?#]+)(?:\/([^/?#]+))?/.exec(url);
  if (!match?.[1]) return null;
  return {
    projectId: decodeURIComponent(match[1]),
    section: match[2] === 'settings' ? 'settings' : 'traces',
  };
}

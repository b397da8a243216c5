/** The lines that connect an application, with the project's id filled in. `apiKey` null: read from the environment. */
export function sdkSnippet(project: { apiUrl: string; projectId: string; apiKey: string | null }): string {
  const key = project.apiKey === null ? 'process.env.SWISPER_STUDIO_API_KEY' : `'${project.apiKey}'`;
  return `import { createTracedGraph, initializeTracing } from 'swisper-studio';

initializeTracing({
  apiUrl: '${project.apiUrl}',
  apiKey: ${key},
  projectId: '${project.projectId}',
  redisUrl: 'redis://localhost:6379', // the Redis that SwisperStudio reads; the demo prints its own
});

const agent = createTracedGraph(graph.compile(), { traceName: 'my_agent' });`;
}

/** The same as environment variables. */
export function environmentSnippet(project: {
  apiUrl: string;
  projectId: string;
  apiKey: string | null;
}): string {
  return `SWISPER_STUDIO_URL=${project.apiUrl}
SWISPER_STUDIO_API_KEY=${project.apiKey ?? '<your API key>'}
SWISPER_STUDIO_PROJECT_ID=${project.projectId}
SWISPER_STUDIO_REDIS_URL=redis://localhost:6379`;
}

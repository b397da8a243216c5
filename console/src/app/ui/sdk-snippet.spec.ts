import { describe, expect, it } from '@jest/globals';

import { environmentSnippet, sdkSnippet } from './sdk-snippet.ts';

describe('the snippet to copy', () => {
  const project = { apiUrl: 'http://localhost:8001', projectId: 'p-1' };

  it('has the address and the project filled in, and the key from the environment', () => {
    const snippet = sdkSnippet({ ...project, apiKey: null });
    expect(snippet).toContain("apiUrl: 'http://localhost:8001'");
    expect(snippet).toContain("projectId: 'p-1'");
    expect(snippet).toContain('apiKey: process.env.SWISPER_STUDIO_API_KEY');
  });

  it('has a key that was just made', () => {
    expect(sdkSnippet({ ...project, apiKey: 'sws_1' })).toContain("apiKey: 'sws_1'");
    expect(environmentSnippet({ ...project, apiKey: 'sws_1' })).toContain('SWISPER_STUDIO_API_KEY=sws_1');
  });
});

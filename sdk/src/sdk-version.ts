/** Version of this SDK as its package.json says; a test compares them. */
export const SDK_VERSION = '0.1.0';

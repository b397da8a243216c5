/** Version of this server as its package.json says; a test compares them. */
export const SERVER_VERSION = '0.1.0';

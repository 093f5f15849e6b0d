/** Files of exports, and the one address that takes them. */
export const EXPORT_TYPE = 'application/octet-stream';
export const IMPORTS_PATH = '/api/v1/imports';

/** The one door to @peculiar/x509: its container needs the polyfill when it is loaded. */
import 'reflect-metadata';

export * from '@peculiar/x509';

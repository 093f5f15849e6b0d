import { AsyncLocalStorage } from 'node:async_hooks';
import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** What every log line inside one request or one reconcile carries. */
export type LogContext = Record<string, string | number>;

export interface LoggerOptions {
  /** pino's levels; `info` unless told. */
  level?: string;
  /** Standard output unless told. */
  destination?: DestinationStream;
}

const REDACTED = '[redacted]';
const SECRET_KEY =
  /^(.*(password|passwd|secret|token|credential|private-?_?key|api-?_?key|bearer|cookie|kubeconfig)|authorization|(client-key-data|tls\.key|ca\.key|stringdata))$/i;
const SECRET_TEXT = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----/gs,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/g,
  /\b(Bearer|Basic) [\w.~+/=-]{8,}/g,
];
const MAX_DEPTH = 8;

const contexts = new AsyncLocalStorage<LogContext>();

/** Runs `work` so that all it logs, however deep, carries these fields beside those already there. */
export function withLogContext<T>(fields: LogContext, work: () => T): T {
  return contexts.run({ ...contexts.getStore(), ...fields }, work);
}

/** The fields of the current request or reconcile. */
export function logContext(): LogContext {
  return contexts.getStore() ?? {};
}

/**
 * A JSON logger. Values under keys that name a secret, and private keys, bearer tokens and JWTs inside any text,
 * are replaced before a line is written.
 */
export function createLogger(options: LoggerOptions = {}): Logger {
  return pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: logContext,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redactFields(fields),
      },
      serializers: { error: pino.stdSerializers.err },
      hooks: { streamWrite: redactText },
    },
    options.destination ?? pino.destination({ sync: true }),
  );
}

/** A logger that writes nothing, for code that is not given one. */
export const silentLogger: Logger = pino({ level: 'silent' });

/** Replaces private keys, bearer tokens and JWTs in a text. */
export function redactText(text: string): string {
  return SECRET_TEXT.reduce((rest, pattern) => rest.replace(pattern, REDACTED), text);
}

function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, redactValue(key, value, 0)]));
}

function redactValue(key: string, value: unknown, depth: number): unknown {
  if (SECRET_KEY.test(key) && value !== undefined && typeof value !== 'boolean') return REDACTED;
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => redactValue('', item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, redactValue(name, field, depth + 1)]),
  );
}

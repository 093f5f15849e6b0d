import { Mark } from './error.js';

export type TokenType =
  | 'stream-end'
  | 'version-directive'
  | 'tag-directive'
  | 'document-start'
  | 'document-end'
  | 'block-sequence-start'
  | 'block-mapping-start'
  | 'block-end'
  | 'flow-sequence-start'
  | 'flow-sequence-end'
  | 'flow-mapping-start'
  | 'flow-mapping-end'
  | 'block-entry'
  | 'flow-entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

export interface Token {
  type: TokenType;
  mark: Mark;
  /** Text of a scalar, anchor or alias; handle of a tag; version of a directive. */
  value?: string;
  /** Suffix of a tag; prefix of a tag directive. */
  suffix?: string;
  /** The scalar was neither quoted nor a block. */
  plain?: boolean;
}

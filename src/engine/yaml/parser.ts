import { Mark, NO_CONTEXT, YamlError, parserError } from './error.js';
import { AliasNode, MappingNode, ScalarNode, SequenceNode, YamlNode } from './node.js';
import { Scanner } from './scanner.js';
import { TagPrefixes } from './tag-prefixes.js';
import { Token, TokenType } from './tokens.js';

/** Deepest nesting. Lower than go-yaml's 10,000, to spare the stack; no real document comes near. */
const MAX_DEPTH = 1000;

/** `---` was followed by nothing when one of these comes next. */
const AFTER_EMPTY_DOCUMENT = new Set<TokenType>([
  'version-directive',
  'tag-directive',
  'document-start',
  'document-end',
  'stream-end',
]);
/** Tokens before which an entry of a block is empty. */
const AFTER_EMPTY_ITEM = new Set<TokenType>(['block-entry', 'block-end']);
const AFTER_EMPTY_INDENTLESS_ITEM = new Set<TokenType>(['block-entry', 'key', 'value', 'block-end']);
const AFTER_EMPTY_ENTRY = new Set<TokenType>(['key', 'value', 'block-end']);
const AFTER_EMPTY_PAIR_KEY = new Set<TokenType>(['value', 'flow-entry', 'flow-sequence-end']);
const AFTER_EMPTY_PAIR_VALUE = new Set<TokenType>(['flow-entry', 'flow-sequence-end']);
const AFTER_EMPTY_FLOW_KEY = new Set<TokenType>(['value', 'flow-entry', 'flow-mapping-end']);
const AFTER_EMPTY_FLOW_VALUE = new Set<TokenType>(['flow-entry', 'flow-mapping-end']);

interface NodeContext {
  /** Block collections may begin here. */
  block: boolean;
  /** A sequence may stand in the column of its key. */
  indentless: boolean;
}
const BLOCK: NodeContext = { block: true, indentless: false };
const BLOCK_OR_INDENTLESS: NodeContext = { block: true, indentless: true };
const FLOW: NodeContext = { block: false, indentless: false };

interface Properties {
  anchor: string | undefined;
  tag: string;
  mark: Mark;
}

/**
 * Reads the first document of a YAML text as go-yaml 2 does: what follows it is not looked at.
 * Returns undefined for a text without a document. Throws `YamlError`.
 */
export function parseFirstDocument(text: string): YamlNode | undefined {
  return new Parser(text).document();
}

class Parser {
  readonly #scanner: Scanner;
  readonly #tags = new TagPrefixes();
  readonly #anchors = new Map<string, ScalarNode | SequenceNode | MappingNode>();
  #depth = 0;

  constructor(text: string) {
    this.#scanner = new Scanner(text === '' ? '\n' : text);
  }

  document(): YamlNode | undefined {
    const first = this.#scanner.peek();
    if (first.type === 'stream-end') return undefined;
    const explicit = AFTER_EMPTY_DOCUMENT.has(first.type) && first.type !== 'document-end';
    this.#tags.readDirectives(this.#scanner);
    if (!explicit) return this.endOfDocument(this.node(BLOCK));
    const start = this.#scanner.peek();
    if (start.type !== 'document-start') {
      throw parserError('did not find expected <document start>', start.mark, NO_CONTEXT);
    }
    this.#scanner.skip();
    const next = this.#scanner.peek();
    return this.endOfDocument(
      AFTER_EMPTY_DOCUMENT.has(next.type) ? emptyScalar(next.mark) : this.node(BLOCK),
    );
  }

  /** The token after the document must be one that can be scanned. */
  private endOfDocument(node: YamlNode): YamlNode {
    this.#scanner.peek();
    return node;
  }

  private node(context: NodeContext): YamlNode {
    const token = this.#scanner.peek();
    if (token.type === 'alias') return this.alias(token);
    if (++this.#depth > MAX_DEPTH) throw new YamlError(`exceeded max depth of ${MAX_DEPTH}`);
    const node = this.content(context, this.properties(token));
    this.#depth--;
    return node;
  }

  private alias(token: Token): AliasNode {
    const name = token.value ?? '';
    const target = this.#anchors.get(name);
    if (target === undefined) throw new YamlError(`unknown anchor '${name}' referenced`);
    this.#scanner.skip();
    return { kind: 'alias', line: token.mark.line, name, target };
  }

  /** Reads `&anchor` and `!tag` in either order, each at most once. */
  private properties(token: Token): Properties {
    const properties: Properties = { anchor: undefined, tag: '', mark: token.mark };
    if (token.type !== 'anchor' && token.type !== 'tag') return properties;
    let tagToken: Token | undefined;
    for (let next = token; ; next = this.#scanner.peek()) {
      if (next.type === 'anchor' && properties.anchor === undefined) properties.anchor = next.value;
      else if (next.type === 'tag' && tagToken === undefined) tagToken = next;
      else break;
      this.#scanner.skip();
    }
    if (tagToken !== undefined) properties.tag = this.#tags.resolve(tagToken, properties.mark);
    return properties;
  }

  private content(context: NodeContext, properties: Properties): YamlNode {
    const token = this.#scanner.peek();
    if (token.type === 'scalar') {
      this.#scanner.skip();
      return this.scalar(token, properties);
    }
    if (token.type === 'flow-sequence-start') return this.flowSequence(this.sequence(properties));
    if (token.type === 'flow-mapping-start') return this.flowMapping(this.mapping(properties));
    return this.blockContent(context, token, properties);
  }

  private blockContent(context: NodeContext, token: Token, properties: Properties): YamlNode {
    if (context.indentless && token.type === 'block-entry')
      return this.indentlessSequence(this.sequence(properties));
    if (context.block && token.type === 'block-sequence-start')
      return this.blockSequence(this.sequence(properties));
    if (context.block && token.type === 'block-mapping-start')
      return this.blockMapping(this.mapping(properties));
    if (properties.anchor !== undefined || properties.tag !== '') {
      return this.register(
        {
          kind: 'scalar',
          line: properties.mark.line,
          value: '',
          tag: properties.tag,
          implicit: properties.tag === '',
        },
        properties,
      );
    }
    throw parserError('did not find expected node content', token.mark, properties.mark);
  }

  private scalar(token: Token, properties: Properties): ScalarNode {
    const { tag } = properties;
    const implicit = (tag === '' && token.plain === true) || tag === '!';
    return this.register(
      { kind: 'scalar', line: properties.mark.line, value: token.value ?? '', tag, implicit },
      properties,
    );
  }

  private sequence(properties: Properties): SequenceNode {
    return this.register({ kind: 'sequence', line: properties.mark.line, items: [] }, properties);
  }

  private mapping(properties: Properties): MappingNode {
    return this.register({ kind: 'mapping', line: properties.mark.line, entries: [] }, properties);
  }

  /** Notes the anchor before the content is read: an alias inside finds its own collection. */
  private register<N extends ScalarNode | SequenceNode | MappingNode>(node: N, properties: Properties): N {
    if (properties.anchor !== undefined) this.#anchors.set(properties.anchor, node);
    return node;
  }

  private blockSequence(node: SequenceNode): SequenceNode {
    const start = this.#scanner.peek().mark;
    this.#scanner.skip();
    for (;;) {
      const token = this.#scanner.peek();
      if (token.type === 'block-end') break;
      if (token.type !== 'block-entry') {
        throw parserError("did not find expected '-' indicator", token.mark, start);
      }
      node.items.push(this.blockItem(AFTER_EMPTY_ITEM, BLOCK));
    }
    this.#scanner.skip();
    return node;
  }

  private indentlessSequence(node: SequenceNode): SequenceNode {
    while (this.#scanner.peek().type === 'block-entry') {
      node.items.push(this.blockItem(AFTER_EMPTY_INDENTLESS_ITEM, BLOCK));
    }
    return node;
  }

  /** Passes an indicator (`-`, `?`, `:`) and reads the node after it, or an empty scalar. */
  private blockItem(empty: ReadonlySet<TokenType>, context: NodeContext): YamlNode {
    const { mark } = this.#scanner.peek();
    this.#scanner.skip();
    return empty.has(this.#scanner.peek().type) ? emptyScalar(mark) : this.node(context);
  }

  private blockMapping(node: MappingNode): MappingNode {
    const start = this.#scanner.peek().mark;
    this.#scanner.skip();
    for (;;) {
      const token = this.#scanner.peek();
      if (token.type === 'block-end') break;
      if (token.type !== 'key') throw parserError('did not find expected key', token.mark, start);
      const key = this.blockItem(AFTER_EMPTY_ENTRY, BLOCK_OR_INDENTLESS);
      const value =
        this.#scanner.peek().type === 'value'
          ? this.blockItem(AFTER_EMPTY_ENTRY, BLOCK_OR_INDENTLESS)
          : emptyScalar(token.mark);
      node.entries.push([key, value]);
    }
    this.#scanner.skip();
    return node;
  }

  private flowSequence(node: SequenceNode): SequenceNode {
    const start = this.#scanner.peek().mark;
    this.#scanner.skip();
    while (
      this.flowEntryFollows(
        node.items.length === 0,
        'flow-sequence-end',
        "did not find expected ',' or ']'",
        start,
      )
    ) {
      node.items.push(this.#scanner.peek().type === 'key' ? this.flowPair() : this.node(FLOW));
    }
    this.#scanner.skip();
    return node;
  }

  /** At an entry of a flow collection: passes the `,` before it. False at the end. */
  private flowEntryFollows(first: boolean, end: TokenType, problem: string, start: Mark): boolean {
    const token = this.#scanner.peek();
    if (token.type === end) return false;
    if (first) return true;
    if (token.type !== 'flow-entry') throw parserError(problem, token.mark, start);
    this.#scanner.skip();
    return this.#scanner.peek().type !== end;
  }

  /** `[key: value]`: a mapping of one pair inside a sequence. */
  private flowPair(): MappingNode {
    const { mark } = this.#scanner.peek();
    this.#scanner.skip();
    const next = this.#scanner.peek();
    let key: YamlNode;
    if (AFTER_EMPTY_PAIR_KEY.has(next.type)) {
      this.#scanner.skip();
      key = emptyScalar(next.mark);
    } else {
      key = this.node(FLOW);
    }
    return { kind: 'mapping', line: mark.line, entries: [[key, this.flowValue(AFTER_EMPTY_PAIR_VALUE)]] };
  }

  private flowValue(empty: ReadonlySet<TokenType>): YamlNode {
    const token = this.#scanner.peek();
    if (token.type !== 'value') return emptyScalar(token.mark);
    this.#scanner.skip();
    const next = this.#scanner.peek();
    return empty.has(next.type) ? emptyScalar(next.mark) : this.node(FLOW);
  }

  private flowMapping(node: MappingNode): MappingNode {
    const start = this.#scanner.peek().mark;
    this.#scanner.skip();
    while (
      this.flowEntryFollows(
        node.entries.length === 0,
        'flow-mapping-end',
        "did not find expected ',' or '}'",
        start,
      )
    ) {
      node.entries.push(this.flowMappingEntry());
    }
    this.#scanner.skip();
    return node;
  }

  private flowMappingEntry(): [YamlNode, YamlNode] {
    const token = this.#scanner.peek();
    if (token.type !== 'key') return [this.node(FLOW), emptyScalar(token.mark)];
    this.#scanner.skip();
    const next = this.#scanner.peek();
    const key = AFTER_EMPTY_FLOW_KEY.has(next.type) ? emptyScalar(next.mark) : this.node(FLOW);
    return [key, this.flowValue(AFTER_EMPTY_FLOW_VALUE)];
  }
}

function emptyScalar(mark: Mark): ScalarNode {
  return { kind: 'scalar', line: mark.line, value: '', tag: '', implicit: true };
}

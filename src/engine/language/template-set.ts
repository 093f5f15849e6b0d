import { TemplateError } from '../errors.js';
import { type FunctionMap, functionMap } from '../value.js';
import { isEmptyList, type Template } from './ast.js';
import { BUILTINS } from './builtins.js';
import { DEFAULT_DELIMITERS, type Delimiters } from './lexer.js';
import { parse } from './parser.js';

/** What a missing key of a map gives: Go's `missingkey` option. Helm uses `zero`, and `error` when strict. */
export type MissingKey = 'default' | 'zero' | 'error';

export interface TemplateSetOptions {
  /** Helm's root template is named `gotpl`: `tpl` and messages show this name. */
  name?: string;
  missingKey?: MissingKey;
  delimiters?: Delimiters;
}

/** A text of `tpl`, ready to run. */
export interface ParsedText {
  set: TemplateSet;
  template: Template;
}

/** Actions a set may hold, ten times those of the largest charts: each takes about a kilobyte. */
const MAX_ACTIONS = 150_000;
/** Parsed texts kept for `tpl`, which charts call with the same text again and again. */
const CACHED_TEXTS = 512;

/**
 * Templates that see each other by name. A child set sees those of its parent and keeps its own to itself: what
 * `tpl` defines is gone when it returns.
 */
export class TemplateSet {
  readonly name: string;
  readonly missingKey: MissingKey;
  private actions = 0;
  private readonly templates = new Map<string, Template>();
  private readonly functions: FunctionMap;
  private readonly delimiters?: Delimiters;
  private readonly parsed: Map<string, Map<string, Template>>;

  constructor(
    functions: FunctionMap,
    options: TemplateSetOptions = {},
    private readonly parent?: TemplateSet,
  ) {
    this.functions = parent ? parent.functions : functionMap(BUILTINS, functions);
    this.name = options.name ?? 'gotpl';
    this.missingKey = options.missingKey ?? 'zero';
    this.delimiters = options.delimiters;
    this.parsed = parent ? parent.parsed : new Map();
  }

  /**
   * Parses `text` and adds what it holds: the text itself under `name`, and every `define` and `block` in it.
   * A later definition replaces an earlier one of the same name, unless it is blank.
   *
   * @throws TemplateError with every problem of the text, or BudgetExceeded when the set grows too large
   */
  add(name: string, text: string): void {
    this.countActions(name, text);
    for (const template of parse(name, text, this.functions, { delimiters: this.delimiters }).values()) {
      this.define(template);
    }
  }

  /** Bounds what parsing takes, before it takes it. */
  private countActions(name: string, text: string): void {
    const left = this.delimiters?.left ?? DEFAULT_DELIMITERS.left;
    for (let at = text.indexOf(left); at >= 0; at = text.indexOf(left, at + left.length)) this.actions++;
    if (this.actions <= MAX_ACTIONS) return;
    const problem = `the templates hold more than ${MAX_ACTIONS} actions`;
    throw new TemplateError('BudgetExceeded', `template: ${name}: ${problem}`);
  }

  private define(template: Template): void {
    if (this.lookup(template.name) && isEmptyList(template.root)) return;
    this.templates.set(template.name, template);
  }

  lookup(name: string): Template | undefined {
    return this.templates.get(name) ?? this.parent?.lookup(name);
  }

  /** Names of all templates of this set, in the order they were added. */
  names(): string[] {
    return [...new Set([...(this.parent?.names() ?? []), ...this.templates.keys()])];
  }

  /** The set in which `tpl` runs `text`: the text is the template named as the root set is. */
  withText(text: string): ParsedText {
    const { name, missingKey, delimiters } = this;
    const child = new TemplateSet(this.functions, { name, missingKey, delimiters }, this);
    let found = this.parsed.get(text);
    if (!found) {
      found = parse(this.name, text, this.functions, { delimiters: this.delimiters });
      if (this.parsed.size >= CACHED_TEXTS) this.parsed.clear();
      this.parsed.set(text, found);
    }
    for (const template of found.values()) child.define(template);
    const template = found.get(this.name) ?? { name: this.name, file: this.name, source: text, root: EMPTY };
    return { set: child, template };
  }
}

const EMPTY: Template['root'] = { type: 'list', pos: 0, nodes: [] };

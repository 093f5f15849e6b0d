import { SPACE, isBlankOrEnd, isBreak } from './characters.js';

/** How a text may be written as a YAML scalar. */
export interface Analysis {
  multiline: boolean;
  plainAllowed: boolean;
  flowPlainAllowed: boolean;
  singleQuotedAllowed: boolean;
  blockAllowed: boolean;
}

const EMPTY: Analysis = {
  multiline: false,
  plainAllowed: true,
  flowPlainAllowed: false,
  singleQuotedAllowed: true,
  blockAllowed: false,
};
const ORDINARY: Analysis = {
  multiline: false,
  plainAllowed: true,
  flowPlainAllowed: true,
  singleQuotedAllowed: true,
  blockAllowed: true,
};

/** Texts that nothing below can object to: the bulk of all keys and values. */
const SIMPLE = /^[A-Za-z0-9_/][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*$/;
/** What the emitter escapes: all but LF and printable characters of the basic plane (so emoji, too). */
const SPECIAL = /[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;
const LEADING_INDICATORS = new Set('#,[]{}&*!|>\'"%@`');
const FLOW_INDICATORS = new Set(',?[]{}');

/** What a text holds that restricts its style. With `tabsInBlocks` tabs are no reason against a block scalar. */
export function analyzeScalar(text: string, tabsInBlocks = false): Analysis {
  if (text === '') return EMPTY;
  if (SIMPLE.test(text)) return ORDINARY;
  const indicators = findIndicators(text);
  const spacing = findSpacing(text);
  const special = findSpecial(text, spacing);
  const plain = !special.any && !spacing.edge && !spacing.breakSpace && !spacing.multiline;
  return {
    multiline: spacing.multiline,
    plainAllowed: plain && !indicators.block,
    flowPlainAllowed: plain && !indicators.flow,
    singleQuotedAllowed: !spacing.breakSpace && !special.any,
    blockAllowed: !spacing.trailingSpace && !(tabsInBlocks ? special.butTabs : special.any),
  };
}

interface Special {
  /** Something must be escaped, or a line break follows a space. */
  any: boolean;
  /** The same, tabs not counted. */
  butTabs: boolean;
}

function findSpecial(text: string, { spaceBreak }: Spacing): Special {
  if (!spaceBreak && !SPECIAL.test(text)) return { any: false, butTabs: false };
  return { any: true, butTabs: spaceBreak || SPECIAL.test(text.replaceAll('\t', ' ')) };
}

interface Indicators {
  block: boolean;
  flow: boolean;
}

function findIndicators(text: string): Indicators {
  const found: Indicators = { block: text.startsWith('---') || text.startsWith('...'), flow: false };
  found.flow = found.block;
  for (let i = 0; i < text.length && !(found.block && found.flow); i++) {
    if (i === 0) markLeading(found, text);
    else markInner(found, text, i);
  }
  return found;
}

function markLeading(found: Indicators, text: string): void {
  const first = text.charAt(0);
  const beforeBlank = text.length === 1 || isBlank(text.charCodeAt(1));
  if (LEADING_INDICATORS.has(first) || (first === '-' && beforeBlank)) {
    found.block = true;
    found.flow = true;
  } else if (first === '?' || first === ':') {
    found.flow = true;
    if (beforeBlank) found.block = true;
  }
}

function markInner(found: Indicators, text: string, at: number): void {
  const character = text.charAt(at);
  if (FLOW_INDICATORS.has(character)) {
    found.flow = true;
  } else if (character === ':') {
    found.flow = true;
    if (at + 1 >= text.length || isBlank(text.charCodeAt(at + 1))) found.block = true;
  } else if (character === '#' && isBlankOrEnd(text.charCodeAt(at - 1))) {
    found.block = true;
    found.flow = true;
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === 9;
}

interface Spacing {
  multiline: boolean;
  /** Begins or ends with a space or line break. */
  edge: boolean;
  trailingSpace: boolean;
  /** A space follows a line break. */
  breakSpace: boolean;
  /** A line break follows a space. */
  spaceBreak: boolean;
}

const BREAK = String.raw`[\n\r\u0085\u2028\u2029]`;
const HAS_BREAK = new RegExp(BREAK);
const BREAK_SPACE = new RegExp(`${BREAK} `);
const SPACE_BREAK = new RegExp(` ${BREAK}`);

function findSpacing(text: string): Spacing {
  const multiline = HAS_BREAK.test(text);
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  return {
    multiline,
    edge: first === SPACE || last === SPACE || isBreak(first) || isBreak(last),
    trailingSpace: last === SPACE,
    breakSpace: multiline && BREAK_SPACE.test(text),
    spaceBreak: multiline && SPACE_BREAK.test(text),
  };
}

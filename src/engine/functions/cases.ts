import {
  isLetter,
  isNumber,
  isPunctuation,
  isSpace,
  isUpper,
  lowerCharacter,
  runes,
  upperCharacter,
} from '../go/unicode.js';

/** Letter cases as huandu/xstrings 1.5 makes them: `snakecase`, `kebabcase`, `camelcase`. */

type WordType = 'none' | 'number' | 'upper' | 'alphabet' | 'connector' | 'punctuation' | 'other';

interface Word {
  type: WordType;
  text: string;
}

const isConnector = (character: string): boolean =>
  character === '-' || character === '_' || isSpace(character);

/** Ranges of CJK ideographs, which xstrings does not take for letters of a word. */
const IDEOGRAPHS = /^[\u3400-\u4d85\u4e00-\u9fcc\u{20000}-\u{2b81d}]$/u;

const isAlphabet = (character: string): boolean => isLetter(character) && !IDEOGRAPHS.test(character);

export function toSnakeCase(text: string): string {
  return joinWords(text, '_');
}

export function toKebabCase(text: string): string {
  return joinWords(text, '-');
}

/** xstrings passes over broken bytes to the next character: they go with it, at the end with the one before. */
const UNIT =
  /[\ufffd\udc80-\udcff]*[^\ufffd\udc80-\udcff](?:[\ufffd\udc80-\udcff]+$)?|[\ufffd\udc80-\udcff]+/gu;
const BROKEN = /[\ufffd\udc80-\udcff]+/gu;

/** Cuts a text into words of one type each. */
function splitWords(text: string): Word[] {
  const units = text.match(UNIT) ?? [];
  const all = units.map((unit) => unit.replace(BROKEN, ''));
  const words: Word[] = [];
  for (let at = 0; at < all.length;) {
    const word = nextWord(all, at);
    words.push({ type: word.type, text: units.slice(at, word.end).join('') });
    at = word.end;
  }
  return words;
}

function typeOfCharacter(character: string): WordType {
  if (isConnector(character)) return 'connector';
  if (isPunctuation(character)) return 'punctuation';
  if (isUpper(character)) return 'upper';
  if (isAlphabet(character)) return 'alphabet';
  return isNumber(character) ? 'number' : 'other';
}

function nextWord(all: string[], at: number): { type: WordType; end: number } {
  const type = typeOfCharacter(all[at] ?? '');
  if (type === 'upper') return { type, end: endOfUpper(all, at) };
  // `-` and `_` are punctuation too, and go with other punctuation before them.
  const continues = (character: string): boolean =>
    type === 'punctuation' ? isPunctuation(character) : typeOfCharacter(character) === type;
  let end = at + 1;
  while (end < all.length && continues(all[end] ?? '')) end++;
  return { type, end };
}

/** `HTTPServer` is `HTTP` and `Server`; `Server` is one word. */
function endOfUpper(all: string[], at: number): number {
  let end = at + 1;
  while (end < all.length && isUpper(all[end] ?? '')) end++;
  const next = all[end];
  if (end > at + 1) return next !== undefined && isAlphabet(next) ? end - 1 : end;
  while (end < all.length && typeOfCharacter(all[end] ?? '') === 'alphabet') end++;
  return end;
}

const NONE: Word = { type: 'none', text: '' };
const LETTERS_AND_NUMBERS: ReadonlySet<WordType> = new Set(['alphabet', 'number']);
const WORDLESS: ReadonlySet<WordType> = new Set(['connector', 'punctuation']);
const ENDING: ReadonlySet<WordType> = new Set(['none', 'connector', 'punctuation']);

/** Joins the words of a text in lower case; numbers stay with letters near them as xstrings decides. */
function joinWords(text: string, connector: string): string {
  return new WordJoiner(splitWords(text), connector).join();
}

class WordJoiner {
  #at = 0;
  #out = '';
  #word: Word;

  constructor(
    private readonly words: Word[],
    private readonly connector: string,
  ) {
    this.#word = this.words[0] ?? NONE;
  }

  join(): string {
    while (this.hasMore) {
      if (this.#word.type !== 'connector') this.write(this.#word);
      const before = this.#word;
      this.advance();
      this.between(before);
    }
    this.write(this.#word);
    return this.#out;
  }

  private get hasMore(): boolean {
    return this.#at + 1 < this.words.length;
  }

  private advance(): Word {
    this.#at++;
    this.#word = this.words[this.#at] ?? NONE;
    return this.#word;
  }

  private write({ type, text }: Word): void {
    if (type !== 'upper' && type !== 'connector') {
      this.#out += text;
      return;
    }
    for (const character of runes(text)) {
      this.#out += isConnector(character) ? this.connector : lowerCharacter(character);
    }
  }

  private between(before: Word): void {
    if (before.type === 'number') {
      this.joinLettersAndNumbers();
      if (!ENDING.has(this.#word.type)) this.#out += this.connector;
    } else if (before.type === 'connector') {
      this.write(before);
    } else if (before.type !== 'punctuation') {
      this.afterLetters();
    }
  }

  private joinLettersAndNumbers(): void {
    while (LETTERS_AND_NUMBERS.has(this.#word.type)) {
      this.write(this.#word);
      this.advance();
    }
  }

  private afterLetters(): void {
    if (this.#word.type !== 'number') {
      if (!WORDLESS.has(this.#word.type)) this.#out += this.connector;
      return;
    }
    if (!this.hasMore) return;
    const number = this.#word;
    const following = this.advance();
    if (following.type !== 'alphabet') {
      // `Bld4Floor`: the number belongs to the word before it.
      this.write(number);
      if (!WORDLESS.has(following.type)) this.#out += this.connector;
      return;
    }
    // `HTTP2xx`: small letters follow, so the number begins a word.
    this.#out += this.connector;
    this.write(number);
    this.joinLettersAndNumbers();
    if (!ENDING.has(this.#word.type)) this.#out += this.connector;
  }
}

/** `some_words` and `some words` become `SomeWords`; runs of capitals become small but for the first. */
export function toPascalCase(text: string): string {
  const all = runes(text);
  const start = all.findIndex((character) => !isConnector(character));
  // xstrings writes the last connector of a text without letters twice.
  if (start < 0) return text + (all.at(-1) ?? '');
  return all.slice(0, start).join('') + pascalWords(all.slice(start));
}

function pascalWords([first = '', ...rest]: string[]): string {
  let out = '';
  let inCapitals = isUpper(first);
  let current = upperCharacter(first);
  for (const character of rest) {
    const previous = current;
    current = character;
    if (isConnector(previous)) {
      if (isConnector(character)) out += previous;
      else [inCapitals, current] = [isUpper(character), upperCharacter(character)];
    } else {
      out += previous;
      if (inCapitals && isUpper(character)) current = lowerCharacter(character);
      else inCapitals = false;
    }
  }
  return out + current;
}

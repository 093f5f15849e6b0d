/** Go's package fmt for the values of the template language: printf, print, println. */
import { fromBytes } from '../bytes.js';
import {
  type Budget,
  GoBytes,
  GoInt,
  GoList,
  GoMap,
  GoObject,
  intOf,
  isUnsigned,
  sortedKeys,
  typeOf,
  type Value,
} from '../value.js';
import { GoComplex } from './complex.js';
import { type Directive, DirectiveReader } from './directive-reader.js';
import { type FormatFlags, pad, plainFlags } from './format-flags.js';
import { formatFloatValue, formatInteger, formatText } from './format-scalar.js';

/** Where Go prints the address of a pointer, map or function: addresses have no meaning here. */
const ADDRESS = 0xc000000000n;
const TEXT_VERBS = 'vsxXq';

/** `fmt.Sprintf`. Wrong verbs and missing arguments give Go's `%!` texts. `budget` bounds hostile formats. */
export function sprintf(format: string, args: readonly Value[], budget?: Budget): string {
  return new Printer(budget).printf(format, args);
}

/** `fmt.Sprint`: a space between operands when neither is a string. */
export function sprint(args: readonly Value[], budget?: Budget): string {
  const only = args[0];
  if (args.length === 1 && typeof only === 'string') return only;
  return new Printer(budget).print(args);
}

/** `fmt.Sprintln`: spaces between all operands and a line end. */
export function sprintln(args: readonly Value[], budget?: Budget): string {
  return new Printer(budget).println(args);
}

class Printer {
  private flags: FormatFlags = plainFlags();
  /** Inside a bad-verb text methods are not asked, so that they cannot fail again. */
  private erroring = false;

  constructor(private readonly budget?: Budget) {}

  print(args: readonly Value[]): string {
    let out = '';
    let previousIsText = true;
    for (const arg of args) {
      const isText = typeof arg === 'string';
      if (!isText && !previousIsText) out += ' ';
      out += this.argument(arg, 'v');
      previousIsText = isText;
    }
    return out;
  }

  println(args: readonly Value[]): string {
    return `${args.map((arg) => this.argument(arg, 'v')).join(' ')}\n`;
  }

  printf(format: string, args: readonly Value[]): string {
    let out = '';
    const reader = new DirectiveReader(format, args);
    for (let part = reader.next(); part !== undefined; part = reader.next()) {
      if (typeof part === 'string') out += part;
      else out += this.directive(part, args);
    }
    const rest = reader.unread();
    return rest.length === 0 ? out : out + this.extra(rest);
  }

  private directive({ flags, verb, arg }: Directive, args: readonly Value[]): string {
    this.flags = flags;
    this.budget?.grow((flags.width ?? 0) + (flags.precision ?? 0));
    return this.argument(args[arg] ?? null, verb);
  }

  private extra(rest: readonly Value[]): string {
    this.flags = plainFlags();
    const shown = rest.map((arg) => (arg === null ? '<nil>' : `${typeOf(arg)}=${this.argument(arg, 'v')}`));
    return `%!(EXTRA ${shown.join(', ')})`;
  }

  private argument(arg: Value, verb: string): string {
    if (arg === null) return 'Tv'.includes(verb) ? pad('<nil>', this.flags) : this.badVerb(verb);
    if (verb === 'T') return formatText(typeOf(arg), 's', this.flags) ?? '';
    if (verb === 'p') return this.pointer(arg, verb);
    if (verb === 'w' && !(arg instanceof GoBytes)) return this.badVerb(verb, arg);
    return this.value(arg, verb, 0);
  }

  private value(value: Value, verb: string, depth: number): string {
    this.budget?.step();
    if (value === null) return this.flags.sharpV ? 'interface {}(nil)' : '<nil>';
    if (typeof value !== 'object') return this.basic(value, verb) ?? this.badVerb(verb, value);
    if (Array.isArray(value)) return this.list(value, value, verb, depth);
    if (value instanceof Map) return this.map(value, verb, depth);
    return this.methodText(value, verb) ?? this.unnamed(value, verb, depth);
  }

  private basic(value: string | number | boolean, verb: string): string | undefined {
    if (typeof value === 'string') return formatText(value, verb, this.flags);
    if (typeof value === 'number') return formatFloatValue(value, verb, this.flags);
    return 'tv'.includes(verb) ? pad(String(value), this.flags) : undefined;
  }

  /** What Error() or String() give, when the value has one and the verb takes text. */
  private methodText(value: GoInt | GoObject, verb: string): string | undefined {
    if (this.erroring || this.flags.sharpV || !TEXT_VERBS.includes(verb)) return undefined;
    const text = value.toText();
    return text === undefined ? undefined : formatText(text, verb, this.flags);
  }

  private unnamed(value: GoInt | GoObject, verb: string, depth: number): string {
    if (value instanceof GoInt) {
      return (
        formatInteger(value.value, isUnsigned(value.kind), verb, this.flags) ?? this.badVerb(verb, value)
      );
    }
    if (value instanceof GoBytes) return this.bytes(value, verb, depth);
    if (value instanceof GoComplex) return this.complex(value, verb);
    return this.object(value, verb, depth);
  }

  private object(value: GoObject, verb: string, depth: number): string {
    const entries = value.entries() ?? [];
    if (value.kind === 'map') return this.pairs(value, entries, verb, depth);
    if (value.kind === 'struct') return this.struct(value, verb, depth);
    if (value.kind === 'ptr' && depth === 0) return `&${this.struct(value, verb, 1)}`;
    if (value.kind !== 'slice') return this.pointer(value, verb);
    return this.list(
      value,
      entries.map(([, item]) => item),
      verb,
      depth,
    );
  }

  private list(owner: Value, items: readonly Value[], verb: string, depth: number): string {
    if (!this.flags.sharpV) return `[${items.map((item) => this.value(item, verb, depth + 1)).join(' ')}]`;
    const type = typeOf(owner);
    if (owner instanceof GoList && owner.isNil) return `${type}(nil)`;
    return `${type}{${items.map((item) => this.value(item, verb, depth + 1)).join(', ')}}`;
  }

  private map(map: Map<string, Value>, verb: string, depth: number): string {
    if (this.flags.sharpV && map instanceof GoMap && map.isNil) return `${map.goType}(nil)`;
    return this.pairs(
      map,
      sortedKeys(map).map((key) => [key, map.get(key) ?? null] as const),
      verb,
      depth,
    );
  }

  private pairs(
    owner: Value,
    entries: readonly (readonly [Value, Value])[],
    verb: string,
    depth: number,
  ): string {
    const shown = entries.map(
      ([key, item]) => `${this.value(key, verb, depth + 1)}:${this.value(item, verb, depth + 1)}`,
    );
    return this.flags.sharpV ? `${typeOf(owner)}{${shown.join(', ')}}` : `map[${shown.join(' ')}]`;
  }

  private struct(value: GoObject, verb: string, depth: number): string {
    const { plusV, sharpV } = this.flags;
    const shown = value
      .fields()
      .map(([name, item]) => `${plusV || sharpV ? `${name}:` : ''}${this.value(item, verb, depth + 1)}`);
    const type = value.type.replace(/^\*/, '');
    return sharpV ? `${type}{${shown.join(', ')}}` : `{${shown.join(' ')}}`;
  }

  private bytes(value: GoBytes, verb: string, depth: number): string {
    if ('sqxX'.includes(verb)) return formatText(fromBytes(value.bytes), verb, this.flags) ?? '';
    // Charts print whole contexts, and with them every file: the usual case is written at once.
    const bare = verb === 'v' && this.flags.width === undefined && this.flags.precision === undefined;
    if (bare && !this.flags.sharpV && !this.flags.plus && !this.flags.space)
      return `[${value.bytes.join(' ')}]`;
    const items = Array.from(value.bytes, (byte) => intOf('uint8', byte));
    if (!this.flags.sharpV) return this.list(value, items, verb, depth);
    return `[]byte{${items.map((item) => this.value(item, verb, depth + 1)).join(', ')}}`;
  }

  private complex({ real, imaginary }: GoComplex, verb: string): string {
    const { plus } = this.flags;
    const first = formatFloatValue(real, verb, this.flags);
    if (first === undefined) return this.badVerb(verb, new GoComplex(real, imaginary));
    this.flags.plus = true;
    const second = formatFloatValue(imaginary, verb, this.flags) ?? '';
    this.flags.plus = plus;
    return `(${first}${second}i)`;
  }

  private pointer(value: Value, verb: string): string {
    const isPointer =
      value instanceof GoObject ? value.kind !== 'struct' : Array.isArray(value) || value instanceof Map;
    if (!isPointer) return this.badVerb(verb, value);
    const hex = `0x${ADDRESS.toString(16)}`;
    if (verb === 'v' && this.flags.sharpV) return `(${typeOf(value)})(${hex})`;
    if (verb === 'v' || verb === 'p') return pad(this.flags.sharp ? hex.slice(2) : hex, this.flags);
    return formatInteger(ADDRESS, true, verb, this.flags) ?? this.badVerb(verb, value);
  }

  private badVerb(verb: string, value?: Value): string {
    if (value === undefined || value === null) return `%!${verb}(<nil>)`;
    this.erroring = true;
    const shown = this.argument(value, 'v');
    this.erroring = false;
    return `%!${verb}(${typeOf(value)}=${shown})`;
  }
}

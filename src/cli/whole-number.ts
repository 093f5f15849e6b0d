import { InvalidArgumentError } from 'commander';

/** Reads the number of an option or argument. For commander: throws InvalidArgumentError, which names the option. */
export function wholeNumber(min = 1, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= min && number <= max) return number;
    const range = max === Number.MAX_SAFE_INTEGER ? `, ${min} or more` : ` from ${min} to ${max}`;
    throw new InvalidArgumentError(`Give a whole number${range}.`);
  };
}

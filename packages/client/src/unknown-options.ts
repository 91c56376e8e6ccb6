/**
 * What to say of options that there are not: from JavaScript nothing else finds a misspelt limit, which would be no limit.
 * `names` has every option as a key.
 */
export function describeUnknownOptions(options: object, names: Readonly<Record<string, true>>): string[] {
  const plain = (name: string): string => name.replaceAll(/[-_]/g, "").toLowerCase();
  return Object.entries(options)
    .filter(([name, value]) => value !== undefined && !Object.hasOwn(names, name))
    .map(([name]) => {
      const meant = Object.keys(names).find((known) => plain(known) === plain(name));
      const next = meant === undefined ? `there are ${Object.keys(names).join(", ")}` : `write it ${meant}`;
      return `${name}: expected the name of an option, got one that there is not; ${next}`;
    });
}

const sentence =
  "The weir holds the river above the mill and measures what goes over it, in summer a thread and in spring a sheet. ";

/** Texts of about so many characters, each different from the others. */
export function makeTexts(count: number, characters: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    `${index} ${sentence.repeat(Math.ceil(characters / sentence.length))}`.slice(0, characters),
  );
}

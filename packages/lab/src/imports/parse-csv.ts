/** A line of CSV in its fields: RFC 4180, a quoted field may hold commas and doubled quotes. */
export function parseCsvLine(line: string): string[] {
  const fields: string[] = [];
  let field = "";
  let quoted = false;
  for (let place = 0; place < line.length; place += 1) {
    const char = line[place]!;
    if (quoted) {
      if (char !== '"') field += char;
      else if (line[place + 1] === '"') {
        field += '"';
        place += 1;
      } else quoted = false;
    } else if (char === '"' && field === "") quoted = true;
    else if (char === ",") {
      fields.push(field);
      field = "";
    } else field += char;
  }
  return [...fields, field];
}

/** Rows of a CSV text by the names of its first line; line breaks inside quotes belong to their field. */
export function parseCsv(text: string): Record<string, string>[] {
  const lines: string[] = [];
  for (const piece of text.split(/\r?\n/)) {
    const last = lines.at(-1);
    if (last !== undefined && isOpen(last)) lines[lines.length - 1] = `${last}\n${piece}`;
    else lines.push(piece);
  }
  const [names = [], ...rows] = lines.filter((line) => line !== "").map(parseCsvLine);
  return rows.map((fields) => Object.fromEntries(names.map((name, place) => [name, fields[place] ?? ""])));
}

function isOpen(line: string): boolean {
  return (line.match(/"/g)?.length ?? 0) % 2 === 1;
}

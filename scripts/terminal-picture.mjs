// Draws a terminal's text as an SVG: `some command | node scripts/terminal-picture.mjs > docs/images/NAME.svg`.
// Bold, dim and the eight colours of ANSI are kept; anything else is dropped.
import { readFileSync } from "node:fs";

const escape = String.fromCodePoint(27);
const styleCode = new RegExp(`(${escape}\\[[\\d;]*m)`, "g");

const colours = ["#6e7681", "#ff7b72", "#7ee787", "#d29922", "#79c0ff", "#d2a8ff", "#56d4dd", "#e6edf3"];
const charWidth = 8.4;
const lineHeight = 19;
const margin = 18;
const escapeXml = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const lines = readFileSync(0, "utf8").trimEnd().split("\n");
let style = {};

function applyCodes(codes) {
  for (const code of codes.split(";").map(Number)) {
    if (code === 0) style = {};
    else if (code === 1) style = { ...style, bold: true };
    else if (code === 2) style = { ...style, dim: true };
    else if (code === 22) style = { colour: style.colour };
    else if (code >= 30 && code <= 37) style = { ...style, colour: colours[code - 30] };
    else if (code === 39) style = { ...style, colour: undefined };
  }
}

function drawLine(line) {
  return line.split(styleCode).reduce((svg, part) => {
    if (part.startsWith(escape)) {
      applyCodes(part.slice(2, -1));
      return svg;
    }
    if (part === "") return svg;
    const fill = style.colour ?? (style.dim ? "#8b949e" : "#e6edf3");
    const weight = style.bold ? ' font-weight="bold"' : "";
    return `${svg}<tspan fill="${fill}"${weight}>${escapeXml(part)}</tspan>`;
  }, "");
}

const columns = Math.max(...lines.map((line) => line.replaceAll(styleCode, "").length));
const width = Math.ceil(columns * charWidth + 2 * margin);
const height = lines.length * lineHeight + 2 * margin;
const rows = lines.map((line, index) => {
  const y = margin + lineHeight * (index + 0.75);
  return `<text x="${margin}" y="${y}" xml:space="preserve">${drawLine(line)}</text>`;
});
process.stdout.write(
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14">
<rect width="100%" height="100%" rx="10" fill="#0d1117"/>
${rows.join("\n")}
</svg>
`,
);

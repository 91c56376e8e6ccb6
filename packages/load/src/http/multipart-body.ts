import { randomBytes } from "node:crypto";
import path from "node:path";
import { createStreamedBody, type BodyPiece, type StreamedBody } from "./streamed-body.ts";

/** One part of a form. */
export type FormPart =
  | { readonly kind: "field"; readonly name: string; readonly value: string }
  | {
      readonly kind: "file";
      readonly name: string;
      /** The name the server is told. */
      readonly fileName: string;
      readonly contentType: string;
      /** Where the content is: a file that is read while it is sent, or bytes. */
      readonly content: BodyPiece;
    };

/** A form as multipart/form-data (RFC 7578), its length known before a byte is sent. */
export interface MultipartBody {
  /** Value of the Content-Type header. */
  readonly contentType: string;
  readonly body: StreamedBody;
}

/** @param boundary 1 to 70 letters and digits that the content does not hold. @default 32 random digits */
export function createMultipartBody(
  parts: readonly FormPart[],
  boundary: string = `weir${randomBytes(14).toString("hex")}`,
): MultipartBody {
  const pieces: BodyPiece[] = [];
  for (const part of parts) {
    const disposition = `form-data; name="${quote(part.name)}"`;
    if (part.kind === "field") {
      pieces.push(text(`--${boundary}\r\nContent-Disposition: ${disposition}\r\n\r\n${part.value}\r\n`));
      continue;
    }
    pieces.push(
      text(
        `--${boundary}\r\nContent-Disposition: ${disposition}; filename="${quote(part.fileName)}"\r\n` +
          `Content-Type: ${part.contentType}\r\n\r\n`,
      ),
      part.content,
      text("\r\n"),
    );
  }
  pieces.push(text(`--${boundary}--\r\n`));
  return { contentType: `multipart/form-data; boundary=${boundary}`, body: createStreamedBody(pieces) };
}

const contentTypes: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".webp": "image/webp",
  ".gif": "image/gif",
  ".bmp": "image/bmp",
  ".tif": "image/tiff",
  ".tiff": "image/tiff",
  ".pdf": "application/pdf",
  ".json": "application/json",
  ".txt": "text/plain",
};

/** The media type that a file's name stands for. */
export function contentTypeOf(fileName: string): string {
  return contentTypes[path.extname(fileName).toLowerCase()] ?? "application/octet-stream";
}

function text(content: string): BodyPiece {
  return { kind: "bytes", bytes: new TextEncoder().encode(content) };
}

// As browsers do (HTML standard, multipart/form-data encoding algorithm).
function quote(name: string): string {
  return name.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

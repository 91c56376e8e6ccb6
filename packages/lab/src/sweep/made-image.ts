import { crc32, deflateSync } from "node:zlib";
import { createRandom } from "@weir/stats";

/**
 * A picture in the PNG format (RFC 2083): a gradient with a few rectangles and some grain, so that it compresses about
 * as a photograph or a scan does, and not to nothing. The same for the same arguments.
 *
 * @param width whole number >= 1; the height is three quarters of it
 */
export function createImage(width: number, seed: number): Uint8Array {
  const height = Math.max(1, Math.round(width * 0.75));
  const random = createRandom(seed);
  const boxes = Array.from({ length: 12 }, () => ({
    left: random() * width,
    top: random() * height,
    right: (0.1 + random() * 0.3) * width,
    bottom: (0.1 + random() * 0.3) * height,
    shade: Math.floor(random() * 96),
  }));
  const rowBytes = 1 + width * 3;
  const pixels = Buffer.alloc(rowBytes * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const inside = boxes.find(
        ({ left, top, right, bottom }) => x >= left && x < left + right && y >= top && y < top + bottom,
      );
      const grain = Math.floor(random() * 8);
      const at = y * rowBytes + 1 + x * 3;
      pixels[at] = Math.floor((x / width) * 150) + grain + (inside?.shade ?? 0);
      pixels[at + 1] = Math.floor((y / height) * 150) + grain + (inside?.shade ?? 0);
      pixels[at + 2] = 90 + grain;
    }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, red green blue, and the only compression, filter set and order that there are.
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(pixels, { level: 6 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, "latin1"), content]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(content.length, 0);
  framed.set(named, 4);
  framed.writeUInt32BE(crc32(named), named.length + 4);
  return framed;
}

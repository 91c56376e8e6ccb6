import { studentTBound } from "../comparison/student-t.ts";

/** What a straight line needs to be known of points, as plain data. */
export interface EncodedLineSums {
  readonly n: number;
  readonly minX: number;
  readonly maxX: number;
  readonly meanX: number;
  readonly meanY: number;
  /** Sums of squared distances from the means, and of their products. */
  readonly spreadX: number;
  readonly spreadY: number;
  readonly product: number;
}

/** A straight line through points: y = base + slope x. */
export interface FittedLine {
  readonly n: number;
  readonly minX: number;
  readonly maxX: number;
  readonly slope: number;
  /** Half of the slope's 95 % interval. */
  readonly halfWidth: number;
  /** y at x = 0: where no point is near that, it is further than was seen. */
  readonly base: number;
}

/**
 * Sums over points for a least-squares line: their size does not depend on how many there are, and those of several
 * threads merge. By Welford's way, which keeps its digits where values are large beside their differences.
 */
export class LineSums {
  #n = 0;
  #minX = Infinity;
  #maxX = -Infinity;
  #meanX = 0;
  #meanY = 0;
  #spreadX = 0;
  #spreadY = 0;
  #product = 0;

  add(x: number, y: number): void {
    const fromX = x - this.#meanX;
    const fromY = y - this.#meanY;
    this.#n += 1;
    this.#minX = Math.min(this.#minX, x);
    this.#maxX = Math.max(this.#maxX, x);
    this.#meanX += fromX / this.#n;
    this.#meanY += fromY / this.#n;
    this.#spreadX += fromX * (x - this.#meanX);
    this.#spreadY += fromY * (y - this.#meanY);
    this.#product += fromX * (y - this.#meanY);
  }

  /** By Chan, Golub and LeVeque's rule for two parts. */
  merge(other: EncodedLineSums): void {
    if (other.n === 0) return;
    const n = this.#n + other.n;
    const weight = (this.#n * other.n) / n;
    const apartX = other.meanX - this.#meanX;
    const apartY = other.meanY - this.#meanY;
    this.#n = n;
    this.#minX = Math.min(this.#minX, other.minX);
    this.#maxX = Math.max(this.#maxX, other.maxX);
    this.#meanX += (apartX * other.n) / n;
    this.#meanY += (apartY * other.n) / n;
    this.#spreadX += other.spreadX + apartX * apartX * weight;
    this.#spreadY += other.spreadY + apartY * apartY * weight;
    this.#product += other.product + apartX * apartY * weight;
  }

  encode(): EncodedLineSums {
    return {
      n: this.#n,
      // JSON knows no infinity.
      minX: this.#n === 0 ? 0 : this.#minX,
      maxX: this.#n === 0 ? 0 : this.#maxX,
      meanX: this.#meanX,
      meanY: this.#meanY,
      spreadX: this.#spreadX,
      spreadY: this.#spreadY,
      product: this.#product,
    };
  }

  /** Undefined for fewer than three points, and where all have the same x. */
  fit(): FittedLine | undefined {
    const n = this.#n;
    if (n < 3 || this.#spreadX <= 0) return undefined;
    const slope = this.#product / this.#spreadX;
    const residual = Math.max(0, this.#spreadY - slope * this.#product);
    const halfWidth = studentTBound(0.05, n - 2) * Math.sqrt(residual / (n - 2) / this.#spreadX);
    const base = this.#meanY - slope * this.#meanX;
    return { n, minX: this.#minX, maxX: this.#maxX, slope, halfWidth, base };
  }
}

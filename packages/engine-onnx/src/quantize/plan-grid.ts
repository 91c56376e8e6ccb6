/** The least and the most that each channel of an activation was over the calibration texts. */
export interface ChannelRange {
  readonly least: Float32Array;
  readonly most: Float32Array;
}

/**
 * How an activation becomes whole numbers from 0 to 255: `(x - shift) / spread`, then divided by `scale` and put on the
 * grid with `zeroPoint` where 0 is. Values outside are cut off. What `side` lists is left out of that and multiplied in
 * float32.
 */
export interface Grid {
  /** Per channel; undefined where nothing is shifted or spread. */
  readonly channels: { readonly shift: Float32Array; readonly spread: Float32Array } | undefined;
  readonly scale: number;
  readonly zeroPoint: number;
  readonly side: readonly number[];
}

/** Room for texts that go a little beyond the calibration's. */
const margin = 1.05;

/** Channels computed in float32 are at most this share, and only where that makes the steps finer by a quarter. */
const sideShare = 1 / 96;
const worthwhile = 0.75;

/**
 * For activations that a layer norm makes, which can shift and spread each channel as it likes: its middle goes to 0,
 * and half of a wide channel's excess (the square root, as in SmoothQuant with alpha 0.5, Xiao et al. 2022,
 * arXiv:2211.10438) goes over into the weights. Shifting as in Outlier Suppression+ (Wei et al. 2023, arXiv:2304.09145).
 */
export function planNormedGrid({ least, most }: ChannelRange): Grid {
  const half = least.map((low, channel) => (most[channel]! - low) / 2);
  const usual = half.toSorted()[half.length >> 1]! || 1;
  const shift = least.map((low, channel) => low + half[channel]!);
  // A channel that hardly moves is not blown up: its noise would be.
  const spread = half.map((width) => Math.sqrt(Math.max(width / usual, 1 / 16)));
  const reach = half.reduce((largest, width, channel) => Math.max(largest, width / spread[channel]!), 0);
  return { channels: { shift, spread }, side: [], ...layGrid(-reach, reach) };
}

/**
 * For all other activations. A few channels far wider than the rest (behind GELU there is often a single one) would
 * make every step of the grid coarse: they are set aside.
 */
export function planPlainGrid({ least, most }: ChannelRange): Grid {
  const width = least.map((low, channel) => Math.max(-low, most[channel]!));
  const order = [...width.keys()].toSorted((a, b) => width[b]! - width[a]! || a - b);
  const aside = order.slice(0, Math.floor(width.length * sideShare));
  const whole = rangeOf(order);
  const rest = rangeOf(order.slice(aside.length));
  const gained = aside.length > 0 && rest.high - rest.low < worthwhile * (whole.high - whole.low);
  const { low, high } = gained ? rest : whole;
  return { channels: undefined, side: gained ? aside.toSorted((a, b) => a - b) : [], ...layGrid(low, high) };

  function rangeOf(channels: readonly number[]): { low: number; high: number } {
    return {
      low: channels.reduce((lowest, channel) => Math.min(lowest, least[channel]!), 0),
      high: channels.reduce((highest, channel) => Math.max(highest, most[channel]!), 0),
    };
  }
}

function layGrid(low: number, high: number): { scale: number; zeroPoint: number } {
  const scale = Math.fround(((high - low) * margin) / 255) || 1;
  return { scale, zeroPoint: Math.min(255, Math.max(0, Math.round((-low * margin) / scale))) };
}

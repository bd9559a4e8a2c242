// How numbers and names are written.

const count = (number, name) => `${number.toLocaleString('en')} ${name}${number === 1 ? '' : 's'}`;

/**
 * A score as a whole percentage, with one more digit where it is close to 0% or 100%; rounded down, so
 * that a score below a threshold is not written like one that reaches it.
 */
function percent(score) {
  const value = 100 * shortestFloat(score);
  const rest = Math.min(value, 100 - value);
  const digits = rest > 0 && rest < 1 ? 1 : 0;
  const text = (Math.floor(value * 10 ** digits + 1e-6) / 10 ** digits).toFixed(digits);
  return Number(text) === 0 ? '0%' : `${text}%`;
}

/** Attention in multiples of an even share: 0.8×, 12×. */
const times = (share) => `${share.toFixed(share < 9.95 ? 1 : 0)}×`;

/** Name of a row of the attention; one alone needs no number. */
const attentionName = (hop, hops) => (hops === 1 ? 'Attention' : `Attention ${hop + 1}`);

/** A name as nodes that may break after its separators, and not within its words or before its extension. */
function breakable(name) {
  const parts = name.match(/[^/\\_\-\s]*[/\\_\-\s]*/g).filter((part) => part);
  return parts.flatMap((part, index) => (index ? [document.createElement('wbr'), part] : [part]));
}

// When segments happen: the clock of mmvad/clock.py. A position is in seconds where they are
// known, otherwise in frames; it is the unit of the horizontal axis.

/** Seconds -> 1:02:03, with tenths on request. */
function formatTime(seconds, tenths = false) {
  const parts = tenths ? Math.round(seconds * 10) / 10 : Math.round(seconds);
  const hours = Math.floor(parts / 3600);
  const minutes = Math.floor(parts / 60) % 60;
  const rest = (parts % 60).toFixed(tenths ? 1 : 0).padStart(tenths ? 4 : 2, '0');
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** `times` are the edges (S + 1,) of a variable frame rate, otherwise null; `fps` and `numFrames` may be null. */
function makeClock(numSegments, times, fps, numFrames, segmentFrames) {
  const frameEdge = (segment) => {
    const frame = segment * segmentFrames;
    return numFrames === null ? frame : Math.min(frame, numFrames);
  };
  const inSeconds = times !== null || fps !== null;
  const rate = fps ?? 1;
  const edges = times ?? Float64Array.from({ length: numSegments + 1 }, (_, segment) => frameEdge(segment) / rate);
  const [start, end] = [edges[0], edges[numSegments]];
  // a player reports times rounded to microseconds: just before a border counts as on it
  const nearly = inSeconds ? 5e-4 : 1e-3;
  return {
    inSeconds,
    edges,
    frameEdge,
    start,
    end,
    /** Segment that is shown at a position: the last one that has begun. */
    segmentAt: (position) => {
      let [low, high] = [0, numSegments - 1];
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if (edges[middle] <= position + nearly) low = middle;
        else high = middle - 1;
      }
      return low;
    },
    /** Position half a frame after the start of a segment, which is certain to lie inside it. */
    inside: (segment) => {
      const frames = Math.max(frameEdge(segment + 1) - frameEdge(segment), 1);
      return edges[segment] + (edges[segment + 1] - edges[segment]) / frames / 2;
    },
    clamp: (position) => Math.min(Math.max(position, start), end),
    write: (position) => (inSeconds ? formatTime(position, true) : String(Math.floor(position + 1e-3))),
    segmentLengths: () => writeLengths(edges, numSegments, inSeconds),
  };
}

/** How long a segment lasts, for display; the last one may be cut short and does not count. */
function writeLengths(edges, numSegments, inSeconds) {
  if (!inSeconds) return '';
  const count = Math.max(numSegments - 1, 1);
  let [least, most] = [Infinity, 0];
  for (let segment = 0; segment < count; segment++) {
    const length = edges[segment + 1] - edges[segment];
    [least, most] = [Math.min(least, length), Math.max(most, length)];
  }
  const [low, high] = [least, most].map((length) => String(Number(length.toFixed(2))));
  const text = most - least < 5e-3 ? high : `${low} to ${high}`;
  return `, ${text} s in this video`;
}

// Cuts scores into events with the arithmetic of cut_runs in mmvad/scores/events.py.

const TOLERANCE = 1e-6; // seconds, as in mmvad/scores/rule.py

/** Low threshold of a rule, in float32. */
function lowThreshold(rule) {
  return Math.fround(Math.fround(rule.threshold) * rule.low_ratio);
}

/**
 * Scores (S,) as Float32Array, edges (S + 1,) in seconds, rule, segments before which something is
 * missing -> [[start, end), ...] in segments. No event reaches over a missing part. Where no seconds
 * are known, the edges may be anything that grows: the rule then has no lengths.
 */
function cutEvents(scores, edges, rule, breaks = []) {
  const borders = [0, ...breaks, scores.length];
  return borders.slice(1).flatMap((end, part) => cutRuns(scores, edges, rule, borders[part], end));
}

/** Events of a video: none reaches over a gap. */
function cutVideo(video, rule) {
  if (video.error !== null) return [];
  return cutEvents(video.scores, video.clock.edges, rule, video.gaps.map(({ segment }) => segment));
}

function cutRuns(scores, edges, rule, first, end) {
  const high = Math.fround(rule.threshold);
  const low = lowThreshold(rule);
  const runs = [];
  let start = -1;
  let peak = false;
  for (let segment = first; segment <= end; segment++) {
    if (segment < end && scores[segment] >= low) {
      if (start < 0) {
        start = segment;
        peak = false;
      }
      peak = peak || scores[segment] >= high;
    } else if (start >= 0) {
      if (peak) addRun(runs, start, segment, edges, rule.merge_seconds);
      start = -1;
    }
  }
  if (rule.min_seconds === 0) return runs;
  return runs.filter(([from, to]) => edges[to] - edges[from] >= rule.min_seconds - TOLERANCE);
}

function addRun(runs, start, end, edges, longest) {
  const last = runs[runs.length - 1];
  if (longest > 0 && last && edges[start] - edges[last[1]] <= longest + TOLERANCE) last[1] = end;
  else runs.push([start, end]);
}

/** Lay runs out in segments, frames and seconds, with the keys of an `Event`. */
function describeEvents(video, runs) {
  const { clock, scores, totals } = video;
  return runs.map(([start, end], index) => {
    let peak = 0;
    for (let segment = start; segment < end; segment++) peak = Math.max(peak, scores[segment]);
    return {
      id: index + 1,
      start_segment: start,
      end_segment: end,
      start_frame: clock.frameEdge(start),
      end_frame: clock.frameEdge(end),
      start_time: clock.inSeconds ? clock.edges[start] : null,
      end_time: clock.inSeconds ? clock.edges[end] : null,
      peak_score: shortestFloat(peak),
      mean_score: shortestFloat((totals[end] - totals[start]) / (end - start)),
    };
  });
}

/** Scores (S,) -> (S + 1,) sums of all before each segment, added one by one as Python does. */
function runningTotals(scores) {
  const totals = new Float64Array(scores.length + 1);
  scores.forEach((score, segment) => { totals[segment + 1] = totals[segment] + score; });
  return totals;
}

/** Shortest decimal number that is the same in float32. */
function shortestFloat(value) {
  const single = Math.fround(value);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return short;
  }
  return Number(single.toPrecision(9));
}

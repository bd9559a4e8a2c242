// Cuts scores into events, bit by bit as mmvad/apis/events.py does.

/** Low threshold of a rule, in float32. */
function lowThreshold(rule) {
  return Math.fround(Math.fround(rule.threshold) * rule.low_ratio);
}

/** Scores (S,) as Float32Array, rule, segments before which something is missing -> [[start, end), ...] in segments. */
function cutEvents(scores, rule, breaks = []) {
  const starts = [0, ...breaks];
  return starts.flatMap((start, part) => {
    const runs = cutRuns(scores.subarray(start, starts[part + 1] ?? scores.length), rule);
    return runs.map(([first, end]) => [start + first, start + end]);
  });
}

/** Events of a video: none reaches over a gap. */
function cutVideo(video, rule) {
  return cutEvents(video.scores, rule, video.gaps.map(({ segment }) => segment));
}

function cutRuns(scores, rule) {
  const high = Math.fround(rule.threshold);
  const low = lowThreshold(rule);
  const runs = [];
  let start = -1;
  let peak = false;
  for (let segment = 0; segment <= scores.length; segment++) {
    if (segment < scores.length && scores[segment] >= low) {
      if (start < 0) {
        start = segment;
        peak = false;
      }
      peak = peak || scores[segment] >= high;
    } else if (start >= 0) {
      const last = runs[runs.length - 1];
      if (peak && last && start - last[1] <= rule.merge_gap) last[1] = segment;
      else if (peak) runs.push([start, segment]);
      start = -1;
    }
  }
  return runs.filter(([first, end]) => end - first >= rule.min_segments);
}

/** Lay runs out in segments, frames and seconds, with the keys of a result document. */
function describeEvents(video, runs, segmentFrames) {
  return runs.map(([start, end], index) => {
    const startFrame = start * segmentFrames;
    const whole = end * segmentFrames;
    const endFrame = video.numFrames === null ? whole : Math.min(whole, video.numFrames);
    let sum = 0;
    let peak = 0;
    for (let segment = start; segment < end; segment++) {
      sum += video.scores[segment];
      peak = Math.max(peak, video.scores[segment]);
    }
    return {
      id: index + 1,
      start_segment: start,
      end_segment: end,
      start_frame: startFrame,
      end_frame: endFrame,
      start_time: video.fps === null ? null : startFrame / video.fps,
      end_time: video.fps === null ? null : endFrame / video.fps,
      peak_score: shortestFloat(peak),
      mean_score: shortestFloat(sum / (end - start)),
    };
  });
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

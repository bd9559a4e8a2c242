// Reads the data block of the page, which mmvad/review/page_data.py packs.

/** Base64 -> DataView. */
function decodeBytes(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return new DataView(bytes.buffer);
}

/** Little-endian float32 in base64 -> Float32Array. */
function decodeScores(text) {
  const view = decodeBytes(text);
  return Float32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** Little-endian float64 in base64 -> Float64Array; null stays null. */
function decodeTimes(text) {
  if (text === null) return null;
  const view = decodeBytes(text);
  return Float64Array.from({ length: view.byteLength / 8 }, (_, i) => view.getFloat64(8 * i, true));
}

/** Attention in multiples of an even share, as 16-bit fractions of the largest one, R rows of S -> R Float32Arrays. */
function decodeAttention(attention, numSegments) {
  const view = decodeBytes(attention.weights);
  return Array.from({ length: attention.hops }, (_, hop) =>
    Float32Array.from({ length: numSegments }, (_, segment) =>
      (view.getUint16(2 * (hop * numSegments + segment), true) / 65535) * attention.peak));
}

/** A packed video with its scores and its clock; attention is decoded when it is shown. */
function readVideo(video, index, segmentFrames) {
  const scores = decodeScores(video.scores);
  return {
    ...video,
    index,
    scores,
    totals: runningTotals(scores),
    peak: scores.reduce((peak, score) => Math.max(peak, score), 0),
    arrivals: decodeTimes(video.arrivals),
    clock: video.error === null ? makeClock(scores.length, decodeTimes(video.edges), video.fps, video.numFrames, segmentFrames) : null,
    runs: [],
    verdict: null,
  };
}

/** The run with its videos. */
function readRun() {
  const run = JSON.parse(document.getElementById('data').textContent);
  run.videos = run.videos.map((video, index) => readVideo(video, index, run.segmentFrames));
  return run;
}

/** Where the player finds a video: the embedded data URI or its path, then those of its copies. */
function videoSources(video) {
  const embedded = document.getElementById(`video-${video.index}`);
  return embedded ? [embedded.textContent, ...video.sources.slice(1)] : video.sources;
}

/** When a segment of a live source arrived, as a Date; null for a file. */
function clockTime(video, segment) {
  return video.startedAt === null ? null : new Date(Date.parse(video.startedAt) + 1000 * video.arrivals[segment]);
}

// Reads the data block of the page.

/** Base64 -> bytes. */
function decodeBytes(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

/** Little-endian float32 in base64 -> Float32Array. */
function decodeScores(text) {
  const view = new DataView(decodeBytes(text).buffer);
  return Float32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** Weights as 16-bit parts of the largest one, R rows of S -> R Float32Arrays. */
function decodeAttention(attention, numSegments) {
  const view = new DataView(decodeBytes(attention.weights).buffer);
  return Array.from({ length: attention.hops }, (_, hop) =>
    Float32Array.from({ length: numSegments }, (_, segment) =>
      (view.getUint16(2 * (hop * numSegments + segment), true) / 65535) * attention.peak));
}

/** The run with decoded scores; attention is decoded when a video is shown. */
function readRun() {
  const run = JSON.parse(document.getElementById('data').textContent);
  run.videos.forEach((video, index) => {
    video.index = index;
    video.scores = decodeScores(video.scores);
    video.peak = video.scores.reduce((peak, score) => Math.max(peak, score), 0);
    video.runs = [];
  });
  return run;
}

/** Where the player finds a video: the embedded data URI or its path, then those of its copies. */
function videoSources(video) {
  const embedded = document.getElementById(`video-${video.index}`);
  return embedded ? [embedded.textContent, ...video.sources.slice(1)] : video.sources;
}

/** When a segment of a live source came, as a Date; null for a file. */
function clockTime(video, segment) {
  return video.startedAt === null ? null : new Date(Date.parse(video.startedAt) + 1000 * video.arrivals[segment]);
}

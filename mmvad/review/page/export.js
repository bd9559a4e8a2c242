// Writes the events as files.

const EVENT_KEYS = ['id', 'start_segment', 'end_segment', 'start_frame', 'end_frame', 'start_time',
  'end_time', 'peak_score', 'mean_score'];

/** The events of a video; those of a live source with the time of day at which they arrived. */
function exportedEvents(video, rule) {
  const events = describeEvents(video, cutVideo(video, rule));
  if (video.startedAt === null) return events;
  return events.map((event) => ({ ...event, clock_time: clockTime(video, event.start_segment).toISOString() }));
}

/** What steers a terminal, ends a line or turns the direction of reading. */
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function escapeControl(character) {
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  const code = character.charCodeAt(0).toString(16);
  return short ?? (code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`);
}

/** A text that no spreadsheet takes for a formula and no terminal for a command, as in scores.csv. */
function harmlessCell(text) {
  return (/^[=+\-@\t\r\n]/.test(text) ? "'" : '') + text.replace(CONTROLS, escapeControl);
}

/** Events of all videos as CSV (RFC 4180). */
function eventsCsv(run, rule) {
  const quote = (value) => {
    const text = typeof value === 'string' ? harmlessCell(value) : String(value ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const keys = [...EVENT_KEYS, 'clock_time'];
  const lines = [['video', ...keys]];
  for (const video of run.videos.filter(({ error }) => error === null)) {
    for (const event of exportedEvents(video, rule)) lines.push([video.video, ...keys.map((key) => event[key] ?? null)]);
  }
  return lines.map((line) => line.map(quote).join(',') + '\n').join('');
}

/** Events of all videos as JSON, with the rule that cut them. */
function eventsJson(run, rule) {
  const videos = run.videos.filter((video) => video.error === null).map((video) => ({
    video: video.video,
    fps: video.fps,
    num_frames: video.numFrames,
    events: exportedEvents(video, rule),
  }));
  const cutBy = { ...rule, low_threshold: shortestFloat(lowThreshold(rule)) };
  return JSON.stringify({ rule: cutBy, segment_frames: run.segmentFrames, videos }, null, 1);
}

/** Offer a text as a download. */
function saveFile(name, type, text) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

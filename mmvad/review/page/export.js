// Writes the events as files.

const EVENT_KEYS = ['id', 'start_segment', 'end_segment', 'start_frame', 'end_frame', 'start_time',
  'end_time', 'peak_score', 'mean_score', 'clock_time'];

/** The events of a video, each with the time on the clock at which it began to be seen. */
function clockedEvents(video, rule, segmentFrames) {
  return describeEvents(video, cutVideo(video, rule), segmentFrames).map((event) => ({
    ...event, clock_time: clockTime(video, event.start_segment)?.toISOString() ?? null,
  }));
}

/** Events of all videos as CSV (RFC 4180). */
function eventsCsv(run, rule) {
  const quote = (value) => {
    const text = value === null ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [['video', 'event', ...EVENT_KEYS.slice(1)]];
  for (const video of run.videos) {
    for (const event of clockedEvents(video, rule, run.segmentFrames)) lines.push([video.video, ...EVENT_KEYS.map((key) => event[key])]);
  }
  return lines.map((line) => line.map(quote).join(',') + '\n').join('');
}

/** Events of all videos as JSON, with the settings that cut them. */
function eventsJson(run, rule) {
  const videos = run.videos.filter((video) => video.error === null).map((video) => ({
    video: video.video,
    fps: video.fps,
    num_frames: video.numFrames,
    events: clockedEvents(video, rule, run.segmentFrames),
  }));
  const threshold = { ...rule, low_threshold: shortestFloat(lowThreshold(rule)) };
  return JSON.stringify({ version: 1, threshold, segment_frames: run.segmentFrames, videos }, null, 1);
}

/** Offer a text as a download. */
function saveFile(name, type, text) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// State and controls of the review page.

const $ = (id) => document.getElementById(id);
const run = readRun();
const scored = run.videos.filter((video) => video.error === null);
const state = { rule: { ...run.rule }, video: null, time: 0, events: [], attention: null, chart: null, clock: null, sources: [] };
const stillness = matchMedia('(prefers-reduced-motion: reduce)');
const player = $('player');

/** Horizontal axis of a video: seconds where the frame rate is known, else frames. */
function makeClock(video) {
  const rate = video.fps ?? 1;
  const frames = run.segmentFrames;
  const last = video.numFrames ?? video.scores.length * frames;
  const end = Math.min(last, video.scores.length * frames) / rate;
  return {
    unit: video.fps === null ? 'frame' : 'second',
    end,
    frame: (frame) => frame / rate,
    segmentStart: (segment) => (segment * frames) / rate,
    segmentEnd: (segment) => Math.min((segment * frames) / rate, end),
    // a player reports times rounded to microseconds: just before a border counts as on it
    segmentAt: (time) => Math.min(Math.max(Math.floor((time * rate) / frames + 1e-3), 0), video.scores.length - 1),
    clamp: (time) => Math.min(Math.max(time, 0), end),
    halfFrame: 0.5 / rate,
    write: (time) => (video.fps === null ? String(Math.floor(time + 1e-3)) : formatTime(time, true)),
  };
}

const count = (number, name) => `${number.toLocaleString('en')} ${name}${number === 1 ? '' : 's'}`;

function announce(text) {
  $('live').textContent = text;
}

// --- the list of videos

const folderEnd = (path) => Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1;

/** Folder that all files of the run share; the list leaves it out. */
function sharedFolder() {
  const paths = run.videos.map(({ video }) => video).filter((path) => !path.includes('://'));
  let shared = paths.length > 1 ? paths[0].slice(0, folderEnd(paths[0])) : '';
  for (const path of paths) {
    while (!path.startsWith(shared)) shared = shared.slice(0, folderEnd(shared.slice(0, -1)));
  }
  return shared;
}

const shared = sharedFolder();

const items = run.videos.map((video) => {
  const item = document.createElement('li');
  const button = document.createElement('button');
  const part = (name, text = '') => {
    const span = document.createElement('span');
    span.className = name;
    span.textContent = text;
    button.append(span);
    return span;
  };
  const cut = folderEnd(video.video);
  button.type = 'button';
  button.title = video.video;
  part('name', video.video.slice(cut));
  const peak = part('peak', video.error === null ? video.peak.toFixed(3) : 'failed');
  if (video.error === null) peak.setAttribute('aria-label', `highest score ${video.peak.toFixed(3)}`);
  part('folder', video.video.slice(video.video.startsWith(shared) ? shared.length : 0, cut));
  const events = part('count');
  if (video.error === null) {
    const fill = document.createElement('span');
    fill.style.width = `${100 * video.peak}%`;
    part('bar').append(fill);
  }
  button.addEventListener('click', () => selectVideo(video));
  item.append(button);
  return { video, item, button, events };
});

function listedItems() {
  const wanted = $('filter').value.trim().toLowerCase();
  const failedLast = (a, b) => (a.video.error !== null) - (b.video.error !== null);
  const orders = {
    score: (a, b) => failedLast(a, b) || b.video.peak - a.video.peak,
    events: (a, b) => failedLast(a, b) || b.video.runs.length - a.video.runs.length || b.video.peak - a.video.peak,
    name: (a, b) => a.video.video.localeCompare(b.video.video, undefined, { numeric: true }),
    given: () => 0,
  };
  return items.filter(({ video }) => video.video.toLowerCase().includes(wanted)).sort(orders[$('order').value]);
}

function showList() {
  const listed = listedItems();
  $('videos').replaceChildren(...listed.map(({ item }) => item));
  $('none-found').hidden = listed.length > 0 || run.videos.length === 0;
}

function stepVideo(by) {
  const listed = listedItems();
  const now = listed.findIndex(({ video }) => video === state.video);
  const next = listed[Math.min(Math.max(now + by, 0), listed.length - 1)];
  if (!next || next.video === state.video) return;
  selectVideo(next.video);
  next.button.scrollIntoView({ block: 'nearest' });
  announce(next.button.innerText.replaceAll('\n', ', '));
}

// --- the events

function recut() {
  for (const { video, button, events } of items) {
    video.runs = cutVideo(video, state.rule);
    events.textContent = video.error === null ? count(video.runs.length, 'event') : 'not scored';
    button.classList.toggle('alarm', video.runs.length > 0);
  }
  const total = scored.reduce((sum, video) => sum + video.runs.length, 0);
  const alarmed = scored.filter((video) => video.runs.length > 0).length;
  const here = state.video ? count(state.video.runs.length, 'event') : 'no event';
  $('found').textContent = `${here} in this video; ${count(total, 'event')} in ${alarmed} of ${count(scored.length, 'video')}`;
  showEvents();
  if (state.chart) state.chart.redraw();
}

function showEvents() {
  const { video, clock } = state;
  state.events = video && video.error === null ? describeEvents(video, video.runs, run.segmentFrames) : [];
  $('events').replaceChildren(...state.events.map((event) => {
    const row = document.createElement('tr');
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = event.id;
    button.setAttribute('aria-label', `Go to event ${event.id}`);
    button.addEventListener('click', () => goToEvent(event));
    const times = [event.start_frame, event.end_frame].map((frame) => clock.write(clock.frame(frame)));
    const when = clockTime(video, event.start_segment);
    for (const content of [button, ...times, ...(when ? [when.toLocaleString()] : []), event.peak_score.toFixed(3), event.mean_score.toFixed(3)]) {
      row.insertCell().append(content);
    }
    return row;
  }));
  $('no-events').hidden = state.events.length > 0;
  $('previous-event').disabled = $('next-event').disabled = state.events.length === 0;
  if (state.chart) showNow();
}

function eventAt(segment) {
  return state.events.find((event) => event.start_segment <= segment && segment < event.end_segment);
}

function goToEvent(event) {
  seek(state.clock.frame(event.start_frame) + state.clock.halfFrame);
}

function stepEvent(by) {
  if (!state.chart) return;
  const segment = state.clock.segmentAt(state.time);
  const event = by > 0
    ? state.events.find(({ start_segment }) => start_segment > segment)
    : state.events.findLast(({ start_segment }) => start_segment < segment);
  if (event) goToEvent(event);
  else announce(by > 0 ? 'No later event in this video' : 'No earlier event in this video');
}

// --- the position

function describePosition(time) {
  const segment = state.clock.segmentAt(time);
  const event = eventAt(segment);
  const weights = (state.attention ?? []).map((row, hop) => `hop ${hop + 1}: ${row[segment].toFixed(4)}`);
  const when = clockTime(state.video, segment);
  const gap = state.video.gaps.find((each) => each.segment === segment);
  return { segment, event, weights, when, gap, time: state.clock.write(time), score: state.video.scores[segment].toFixed(3) };
}

function timeText(at) {
  return state.clock.unit === 'frame' ? `frame ${at.time}` : at.time;
}

function gapText(gap) {
  return `after a gap of ${gap.seconds === null ? 'unknown length' : `${gap.seconds.toFixed(1)} s`}`;
}

function tipLines(time) {
  const at = describePosition(time);
  const event = at.event ? `, event ${at.event.id}` : '';
  return [`${timeText(at)}, segment ${at.segment}`, ...(at.when ? [at.when.toLocaleString()] : []), ...(at.gap ? [gapText(at.gap)] : []),
    `score ${at.score}${event}`, ...at.weights.map((text) => `attention ${text}`)];
}

function showNow() {
  const at = describePosition(state.time);
  $('now-time').textContent = `${at.time} / ${state.clock.write(state.clock.end)}`;
  $('now-score').textContent = at.score;
  $('now-event').textContent = at.event ? `${at.event.id} of ${state.events.length}` : 'none';
  $('now-attention').replaceChildren(...at.weights.map((text, hop) => {
    const span = document.createElement('span');
    span.textContent = text;
    span.style.color = hopColour(hop);
    return span;
  }));
  [...$('events').rows].forEach((row, index) => {
    if (at.event && index === at.event.id - 1) row.setAttribute('aria-current', 'true');
    else row.removeAttribute('aria-current');
  });
  const timeline = $('timeline');
  timeline.setAttribute('aria-valuenow', state.time.toFixed(2));
  timeline.setAttribute('aria-valuetext', positionText(at));
  state.chart.moveTo(state.time);
}

function positionText(at) {
  return `${timeText(at)}, score ${at.score}, ${at.event ? `event ${at.event.id} of ${state.events.length}` : 'no event'}${at.gap ? `, ${gapText(at.gap)}` : ''}`;
}

function seek(time, speak = true) {
  if (!state.chart) return;
  state.time = state.clock.clamp(time);
  if (!player.hidden) player.currentTime = state.time;
  showNow();
  if (speak) announce(positionText(describePosition(state.time)));
}

function followPlayer() {
  if (!state.chart || player.hidden) return;
  state.time = state.clock.clamp(player.currentTime);
  showNow();
}

function followSmoothly() {
  followPlayer();
  if (!player.paused && !stillness.matches) requestAnimationFrame(followSmoothly);
}

function showPlaying() {
  $('play').firstChild.textContent = player.paused ? 'Play ' : 'Pause ';
}

// --- a video

function say(text) {
  $('notice').textContent = text;
  $('notice').hidden = !text;
}

function selectVideo(video) {
  if (state.chart) state.chart.destroy();
  Object.assign(state, { video, time: 0, chart: null, clock: null, attention: null });
  for (const { video: other, button } of items) {
    if (other === video) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  }
  $('video-name').textContent = video.video;
  const usable = video.error === null;
  for (const id of ['timeline', 'play', 'whole']) $(id).hidden = !usable;
  document.querySelector('.now').hidden = document.querySelector('.legend').hidden = !usable;
  loadPlayer(video);
  $('clock-time').hidden = !usable || video.startedAt === null;
  if (usable) {
    state.clock = makeClock(video);
    const byFrame = video.fps === null;
    $('clock-name').textContent = byFrame ? 'Frame' : 'Time';
    $('start-name').textContent = byFrame ? 'Start frame' : 'Start';
    $('end-name').textContent = byFrame ? 'End frame' : 'End';
    $('segment-seconds').textContent = video.fps === null ? '' : `, ${(run.segmentFrames / video.fps).toFixed(3)} s in this video`;
    $('timeline').setAttribute('aria-valuemax', state.clock.end.toFixed(2));
    state.attention = video.attention ? decodeAttention(video.attention, video.scores.length) : null;
    drawChart();
  }
  recut();
}

function drawChart() {
  if (!state.clock) return;
  if (state.chart) state.chart.destroy();
  const { video, attention, clock } = state;
  const look = () => ({ threshold: state.rule.threshold, runs: video.runs });
  const callbacks = { seek, describe: tipLines, zoomed: (zoomed) => { $('whole').disabled = !zoomed; } };
  state.chart = new Chart($('score-chart'), $('attention-chart'), video, attention, clock, look, callbacks);
  $('legend-gap').hidden = video.gaps.length === 0;
  $('legend-truth').hidden = video.groundTruth === null;
  $('legend-truth').lastChild.textContent = video.groundTruth?.length === 0 ? 'Ground truth: normal' : 'Ground truth';
  $('now-attention-box').hidden = $('legend-attention').hidden = !attention;
  $('legend-attention').replaceChildren(...(attention ?? []).map((_, hop) => {
    const mark = document.createElement('span');
    mark.className = 'swatch';
    mark.style.borderTopColor = hopColour(hop);
    const item = document.createElement('span');
    item.append(mark, `Hop ${hop + 1}`);
    item.className = 'hop';
    return item;
  }));
  showNow();
}

function loadPlayer(video) {
  state.sources = videoSources(video);
  player.pause();
  player.hidden = $('play').hidden = state.sources.length === 0 || video.error !== null || video.fps === null;
  if (!player.hidden) {
    [player.src] = state.sources;
  } else {
    player.removeAttribute('src');
    player.load();
  }
  say(describeSource(video));
}

/** What is to be known before a video is looked at. */
function describeSource(video) {
  if (video.error !== null) return `This video could not be scored: ${video.error}`;
  const notes = [];
  if (video.incomplete !== null) notes.push(`Only the part up to here was scored: ${video.incomplete}.`);
  if (state.sources.length === 0) notes.push('This source has no file to play. The curve below works without it.');
  else if (video.fps === null) notes.push('The frame rate of this source is not known, so it is not played. The curve below works without it.');
  return notes.join(' ');
}

player.addEventListener('error', () => {
  if (!player.hasAttribute('src')) return;
  if (state.sources.length > 1) {
    state.sources = state.sources.slice(1);
    [player.src] = state.sources;
    say('The video is missing, or in a format that this browser does not know; its annotated copy is played instead.');
    return;
  }
  player.hidden = $('play').hidden = true;
  say(`This browser cannot play ${state.video.video}: the file is missing, or in a format it does not know. The curve below works without it.`);
});
for (const name of ['timeupdate', 'seeking', 'seeked', 'loadedmetadata']) player.addEventListener(name, followPlayer);
player.addEventListener('play', () => { showPlaying(); followSmoothly(); });
player.addEventListener('pause', () => {
  showPlaying();
  if (state.chart && !player.hidden) announce(positionText(describePosition(state.time)));
});

function togglePlay() {
  if (player.hidden) return;
  if (player.paused) player.play().catch(() => {}); // a file that cannot be played raises 'error'
  else player.pause();
}

// --- the controls

let pending = 0;

function setRule(change) {
  Object.assign(state.rule, change);
  showRule();
  if (pending) return;
  pending = requestAnimationFrame(() => {
    pending = 0;
    recut();
    announce($('found').textContent);
  });
}

function showRule() {
  const values = { threshold: 'threshold', 'threshold-number': 'threshold', 'low-ratio': 'low_ratio', 'min-segments': 'min_segments', 'merge-gap': 'merge_gap' };
  for (const [id, key] of Object.entries(values)) {
    if (document.activeElement !== $(id) || Number($(id).value) !== state.rule[key]) $(id).value = state.rule[key];
  }
}

function listenNumber(id, key, fits) {
  $(id).addEventListener('input', () => {
    const text = $(id).value;
    const value = Number(text);
    const good = text !== '' && fits(value);
    $(id).setAttribute('aria-invalid', String(!good));
    if (good) setRule({ [key]: value });
  });
  $(id).addEventListener('blur', () => {
    $(id).removeAttribute('aria-invalid');
    showRule();
  });
}

const within = (value) => value >= 0 && value <= 1;
listenNumber('threshold', 'threshold', within);
listenNumber('threshold-number', 'threshold', within);
listenNumber('low-ratio', 'low_ratio', (value) => value > 0 && value <= 1);
listenNumber('min-segments', 'min_segments', (value) => Number.isInteger(value) && value >= 1);
listenNumber('merge-gap', 'merge_gap', (value) => Number.isInteger(value) && value >= 0);
$('reset').addEventListener('click', () => setRule(run.rule));
$('filter').addEventListener('input', showList);
$('order').addEventListener('change', showList);
$('previous-event').addEventListener('click', () => stepEvent(-1));
$('next-event').addEventListener('click', () => stepEvent(1));
$('play').addEventListener('click', togglePlay);
$('whole').addEventListener('click', () => state.chart.showWhole());
$('open-help').addEventListener('click', () => $('help').showModal());
$('open-about').addEventListener('click', () => $('about').showModal());
$('save-csv').addEventListener('click', () => saveFile('events.csv', 'text/csv', eventsCsv(run, state.rule)));
$('save-json').addEventListener('click', () => saveFile('events.json', 'application/json', eventsJson(run, state.rule)));

$('timeline').addEventListener('keydown', (event) => {
  const segment = state.clock.segmentAt(state.time);
  const last = state.video.scores.length - 1;
  const targets = { ArrowLeft: segment - 1, ArrowDown: segment - 1, ArrowRight: segment + 1, ArrowUp: segment + 1,
    PageDown: segment - 10, PageUp: segment + 10, Home: 0, End: last };
  if (!(event.key in targets) || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const target = Math.min(Math.max(targets[event.key], 0), last);
  seek(state.clock.segmentStart(target) + state.clock.halfFrame, false); // the slider speaks its value
});

document.addEventListener('keydown', (event) => {
  const actions = { n: () => stepEvent(1), p: () => stepEvent(-1), k: togglePlay, ']': () => stepVideo(1), '[': () => stepVideo(-1),
    0: () => state.chart?.showWhole(), '?': () => $('help').showModal() };
  const action = actions[event.key.toLowerCase()];
  const typing = event.target.closest('input:not([type="range"], [type="checkbox"]), select, dialog[open]');
  if (!action || typing || !$('shortcuts').checked || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  action();
});

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawChart);
new ResizeObserver(() => state.chart?.resize()).observe($('timeline'));

// --- start

function showRun() {
  const seconds = scored.reduce((sum, video) => sum + (video.fps === null ? 0 : makeClock(video).end), 0);
  const failed = run.videos.length - scored.length;
  const parts = [count(run.videos.length, 'video'), ...(seconds ? [`${formatTime(seconds)} in all`] : []), ...(failed ? [`${failed} could not be scored`] : [])];
  $('summary').textContent = parts.join(' · ');
  $('segment-frames').textContent = run.segmentFrames;
  for (const [name, value] of Object.entries(run.model)) {
    const term = document.createElement('dt');
    const text = document.createElement('dd');
    term.textContent = name;
    text.textContent = value ?? 'none';
    $('model').append(term, text);
  }
}

showRun();
showRule();
for (const item of items) item.video.runs = cutVideo(item.video, state.rule);
showList();
const first = listedItems()[0];
if (first) selectVideo(first.video);
else $('review').hidden = true;
window.mmvad = { run, state, cutEvents, describeEvents, eventsCsv, eventsJson };

// The controls, and the start.

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
  for (const [id, key, whole] of NUMBERS) {
    const value = inUnits(state.rule[key], whole);
    if (document.activeElement !== $(id) || Number($(id).value) !== value) $(id).value = value;
  }
  $('as-fraction').textContent = state.rule.threshold;
}

/** A fraction in percent where `whole` is 100, without the noise of the product. */
const inUnits = (value, whole) => Number((value * whole).toPrecision(12));

function listenNumber(id, key, whole, fits) {
  $(id).addEventListener('input', () => {
    const text = $(id).value;
    const value = inUnits(Number(text), 1 / whole);
    const good = text !== '' && fits(value);
    $(id).setAttribute('aria-invalid', String(!good));
    if (good) setRule({ [key]: value });
  });
  $(id).addEventListener('blur', () => {
    $(id).removeAttribute('aria-invalid');
    showRule();
  });
}

/** Lengths in seconds mean nothing for a video of unknown rate: the rule of the run must not have any. */
function refuseSeconds() {
  const without = scored.filter(({ clock }) => !clock.inSeconds);
  if (without.length === 0) return;
  $('min-seconds').disabled = $('merge-seconds').disabled = true;
  const first = without[0].video.slice(folderEnd(without[0].video));
  $('no-seconds').textContent = 'No lengths in seconds: the frame rate of '
    + (without.length === 1 ? `${first} is not known.` : `${count(without.length, 'video')} is not known, ${first} among them.`);
  $('no-seconds').hidden = false;
}

const within = (value) => value >= 0 && value <= 1;
const aLength = (value) => value >= 0 && value < Infinity;
/** Inputs: their part of the rule, what stands for 1 in them, what they accept. */
const NUMBERS = [
  ['threshold', 'threshold', 100, within],
  ['threshold-number', 'threshold', 100, within],
  ['low-ratio', 'low_ratio', 100, (value) => value > 0 && value <= 1],
  ['min-seconds', 'min_seconds', 1, aLength],
  ['merge-seconds', 'merge_seconds', 1, aLength],
];
for (const settings of NUMBERS) listenNumber(...settings);
$('reset').addEventListener('click', () => setRule(run.rule));
$('filter').addEventListener('input', showList);
$('order').addEventListener('change', showList);
$('kind').addEventListener('change', showList);
$('fold').addEventListener('click', () => fold($('list').hidden));
narrow.addEventListener('change', () => fold(false));
$('previous-event').addEventListener('click', () => stepEvent(-1));
$('next-event').addEventListener('click', () => stepEvent(1));
$('play').addEventListener('click', togglePlay);
$('whole').addEventListener('click', () => state.chart.showWhole());
$('open-help').addEventListener('click', () => $('help').showModal());
$('open-about').addEventListener('click', () => $('about').showModal());
$('save-csv').addEventListener('click', () => saveFile('events.csv', 'text/csv', eventsCsv(run, state.rule)));
$('save-json').addEventListener('click', () => saveFile('events.json', 'application/json', eventsJson(run, state.rule)));

/** The next segment in a direction that is not empty; of two with the same time, only the last is shown. */
function passEmpty(segment, step) {
  const { edges } = state.clock;
  let target = segment;
  while (step && target > 0 && target < state.video.scores.length - 1 && edges[target + 1] === edges[target]) target += step;
  return target;
}

$('timeline').addEventListener('keydown', (event) => {
  const segment = state.clock.segmentAt(state.time);
  const last = state.video.scores.length - 1;
  const targets = { ArrowLeft: segment - 1, ArrowDown: segment - 1, ArrowRight: segment + 1, ArrowUp: segment + 1,
    PageDown: segment - 10, PageUp: segment + 10, Home: 0, End: last };
  if (!(event.key in targets) || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const aim = Math.min(Math.max(targets[event.key], 0), last);
  seek(state.clock.inside(passEmpty(aim, Math.sign(aim - segment))), false); // the slider announces its value
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
  const seconds = scored.reduce((sum, { clock }) => sum + (clock.inSeconds ? clock.end - clock.start : 0), 0);
  const failed = run.videos.length - scored.length;
  const parts = [count(run.videos.length, 'video'), ...(seconds ? [`${formatTime(seconds)} in all`] : []), ...(failed ? [`${failed} could not be scored`] : [])];
  $('summary').textContent = parts.join(' · ');
  $('segment-frames').textContent = run.segmentFrames;
  $('cautions').textContent = run.cautions.join(' ');
  $('cautions').hidden = $('cautions').textContent === '';
  for (const [name, value] of Object.entries(run.madeBy)) {
    const term = document.createElement('dt');
    const text = document.createElement('dd');
    term.textContent = name.replaceAll('_', ' ');
    text.append(...breakable(String(value ?? 'none')));
    $('made-by').append(term, text);
  }
}

showRun();
showRule();
refuseSeconds();
for (const item of items) item.video.runs = cutVideo(item.video, state.rule);
showVerdicts();
showList();
fold(false);
const listed = listedItems();
const first = listed.find(({ video }) => video.runs.length > 0) ?? listed[0];
if (first) {
  selectVideo(first.video);
  first.button.scrollIntoView({ block: 'nearest' });
} else {
  $('review').hidden = true;
}
window.mmvad = { run, state, seek, readVideo, cutVideo, describeEvents, eventsCsv, eventsJson };

// The list of videos.

/** Folder that all files of the run share; the list omits it. */
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
  const part = (name, text = '', box = button) => {
    const span = document.createElement('span');
    span.className = name;
    span.textContent = text;
    box.append(span);
    return span;
  };
  const cut = folderEnd(video.video);
  button.type = 'button';
  button.title = video.video;
  part('name').append(...breakable(video.video.slice(cut)));
  const peak = part('peak', video.error === null ? percent(video.peak) : 'failed');
  if (video.error === null) peak.setAttribute('aria-label', `highest score ${percent(video.peak)}`);
  const about = part('about');
  const verdict = part('verdict', '', about);
  part('folder', '', about).append(...breakable(video.video.slice(video.video.startsWith(shared) ? shared.length : 0, cut)));
  const events = part('count');
  if (video.error === null) {
    const fill = document.createElement('span');
    fill.style.width = `${100 * video.peak}%`;
    part('bar').append(fill);
  }
  button.addEventListener('click', () => choose(video));
  item.append(button);
  return { video, item, button, events, verdict };
});

/** Say for each video what its label is, and what the events make of it. */
function showVerdicts() {
  for (const { video, verdict } of items) {
    video.verdict = judge(video);
    verdict.replaceChildren(...[['label', labelName(video)], ...mistakes(video)].filter(([, text]) => text).map(([kind, text]) => {
      const badge = document.createElement('span');
      badge.className = kind;
      badge.textContent = text;
      return badge;
    }));
    verdict.hidden = verdict.childElementCount === 0;
  }
  $('verdicts').textContent = verdictText(run.videos);
  $('verdicts').hidden = $('verdicts').textContent === '';
  const labelled = run.videos.some(({ verdict }) => verdict !== null);
  for (const option of $('kind').options) {
    const [name, belongs] = KINDS[option.value];
    option.textContent = `${name} (${run.videos.filter(belongs).length})`;
    option.hidden = option.disabled = !labelled && !['all', 'eventful'].includes(option.value);
  }
  if ($('kind').value !== 'all') showList();
}

function listedItems() {
  const wanted = $('filter').value.trim().toLowerCase();
  const failedLast = (a, b) => (a.video.error !== null) - (b.video.error !== null);
  const orders = {
    score: (a, b) => failedLast(a, b) || b.video.peak - a.video.peak,
    events: (a, b) => failedLast(a, b) || b.video.runs.length - a.video.runs.length || b.video.peak - a.video.peak,
    name: (a, b) => a.video.video.localeCompare(b.video.video, undefined, { numeric: true }),
    given: () => 0,
  };
  const [, belongs] = KINDS[$('kind').value];
  return items.filter(({ video }) => video.video.toLowerCase().includes(wanted) && belongs(video)).sort(orders[$('order').value]);
}

function showList() {
  const listed = listedItems();
  $('videos').replaceChildren(...listed.map(({ item }) => item));
  $('none-found').hidden = listed.length > 0 || run.videos.length === 0;
  $('fold').textContent = listed.length === items.length ? count(items.length, 'video') : `${listed.length} of ${count(items.length, 'video')}`;
}

/** On a narrow screen the list is folded away above the video. */
function fold(open) {
  $('list').hidden = narrow.matches && !open;
  $('fold').setAttribute('aria-expanded', String(!$('list').hidden));
}

/** Show the video that was chosen from the list, and fold the list where it is in the way. */
function choose(video) {
  selectVideo(video);
  if (!narrow.matches) return;
  fold(false);
  $('fold').focus({ preventScroll: true });
  $('review').scrollIntoView();
}

/** What an entry of the list says, in one sentence. */
function describeItem({ video, button, events }) {
  const parts = ['.name', '.peak', '.folder'].map((part) => button.querySelector(part).textContent);
  return [...parts, events.textContent, labelName(video), ...mistakes(video).map(([, text]) => text)].filter((part) => part).join(', ');
}

function stepVideo(by) {
  const listed = listedItems();
  const now = listed.findIndex(({ video }) => video === state.video);
  const next = listed[Math.min(Math.max(now + by, 0), listed.length - 1)];
  if (!next || next.video === state.video) return;
  selectVideo(next.video);
  next.button.scrollIntoView({ block: 'nearest' });
  announce(describeItem(next));
}

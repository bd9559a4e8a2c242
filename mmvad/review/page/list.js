// The list of videos.

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

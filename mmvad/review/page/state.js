// State of the review page, and what all of its parts use.

const $ = (id) => document.getElementById(id);
const run = readRun();
const scored = run.videos.filter((video) => video.error === null);
const state = { rule: { ...run.rule }, video: null, time: 0, events: [], attention: null, chart: null, clock: null, sources: [] };
const stillness = matchMedia('(prefers-reduced-motion: reduce)');
const narrow = matchMedia('(max-width: 820px)'); // as in page.css
const player = $('player');

function announce(text) {
  $('live').textContent = text;
}

/** Where the last name of a path begins. */
const folderEnd = (path) => Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1;

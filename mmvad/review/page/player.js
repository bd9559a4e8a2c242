// Shows a video: its player, its charts, its notice.

function say(text) {
  $('notice').textContent = text;
  $('notice').hidden = !text;
}

function selectVideo(video) {
  if (state.chart) state.chart.destroy();
  Object.assign(state, { video, time: video.clock?.start ?? 0, chart: null, clock: null, attention: null });
  for (const { video: other, button } of items) {
    if (other === video) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  }
  const folder = document.createElement('span');
  folder.className = 'folder';
  folder.append(...breakable(video.video.slice(0, folderEnd(video.video))));
  $('video-name').replaceChildren(folder, ...breakable(video.video.slice(folderEnd(video.video))));
  const usable = video.error === null;
  for (const id of ['timeline', 'play', 'whole']) $(id).hidden = !usable;
  document.querySelector('.now').hidden = document.querySelector('.legend').hidden = !usable;
  loadPlayer(video);
  $('clock-time').hidden = !usable || video.startedAt === null;
  if (usable) {
    state.clock = video.clock;
    const byFrame = !video.clock.inSeconds;
    $('clock-name').textContent = byFrame ? 'Frame' : 'Time';
    $('start-name').textContent = byFrame ? 'Start frame' : 'Start';
    $('end-name').textContent = byFrame ? 'End frame' : 'End';
    $('segment-seconds').textContent = video.clock.segmentLengths();
    $('timeline').setAttribute('aria-valuemin', state.clock.start.toFixed(2));
    $('timeline').setAttribute('aria-valuemax', state.clock.end.toFixed(2));
    state.attention = video.attention ? decodeAttention(video.attention, video.scores.length) : null;
    drawChart();
  }
  recut();
  if (usable) openAtInterest();
}

/** Where a viewer should look first: the first event, or the highest score where there is none. */
function openAtInterest() {
  const { video, clock, events } = state;
  const segment = events.length > 0 ? events[0].start_segment : video.scores.indexOf(video.peak);
  seek(clock.inside(segment), false);
}

function drawChart() {
  if (!state.clock) return;
  if (state.chart) state.chart.destroy();
  const { video, attention, clock } = state;
  const look = () => ({ threshold: state.rule.threshold, runs: video.runs });
  const callbacks = { seek, describe: tipLines, zoomed: (zoomed) => { $('whole').disabled = !zoomed; } };
  state.chart = new Chart($('score-chart'), $('attention-chart'), video, attention, clock, look, callbacks);
  $('legend-gap').hidden = video.gaps.length === 0;
  $('legend-annotated').hidden = video.annotatedEvents === null;
  $('legend-annotated').lastChild.textContent = video.annotatedEvents?.length === 0 ? 'Ground truth: normal' : 'Ground truth';
  $('now-attention-box').hidden = $('legend-attention').hidden = $('about-attention').hidden = !attention;
  $('legend-attention').replaceChildren(...(attention ?? []).map((_, hop) => {
    const mark = document.createElement('span');
    mark.className = 'swatch';
    mark.style.borderTopColor = hopColour(hop);
    const item = document.createElement('span');
    item.append(mark, attentionName(hop, attention.length));
    item.className = 'hop';
    return item;
  }));
  showNow();
}

function loadPlayer(video) {
  state.sources = videoSources(video);
  player.pause();
  player.hidden = $('play').hidden = state.sources.length === 0 || video.error !== null || !video.clock.inSeconds;
  if (!player.hidden) {
    [player.src] = state.sources;
  } else {
    player.removeAttribute('src');
    player.load();
  }
  say(describeSource(video));
}

/** What a viewer should know before looking at a video. */
function describeSource(video) {
  if (video.error !== null) return `This video could not be scored: ${video.error}`;
  const notes = [];
  if (video.incomplete !== null) notes.push(`Only the part up to here was scored: ${video.incomplete}.`);
  if (state.sources.length === 0) notes.push('This source has no file to play. The curve below works without it.');
  else if (!video.clock.inSeconds) notes.push('The frame rate of this source is not known, so it is not played. The curve below works without it.');
  return notes.join(' ');
}

player.addEventListener('error', () => {
  if (!player.hasAttribute('src')) return;
  if (state.sources.length > 1) {
    state.sources = state.sources.slice(1);
    [player.src] = state.sources;
    player.currentTime = state.time;
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

// The events of the shown video, and the position in it.

function recut() {
  for (const { video, button, events } of items) {
    video.runs = cutVideo(video, state.rule);
    events.textContent = video.error === null ? count(video.runs.length, 'event') : 'not scored';
    button.classList.toggle('found', video.runs.length > 0);
  }
  showVerdicts();
  const total = scored.reduce((sum, video) => sum + video.runs.length, 0);
  const eventful = scored.filter((video) => video.runs.length > 0).length;
  const here = state.video ? count(state.video.runs.length, 'event') : 'no event';
  $('found').textContent = `${here} in this video; ${count(total, 'event')} in ${eventful} of ${count(scored.length, 'video')}`;
  showEvents();
  if (state.chart) state.chart.redraw();
}

function showEvents() {
  const { video, clock } = state;
  state.events = video && video.error === null ? describeEvents(video, video.runs) : [];
  $('events').replaceChildren(...state.events.map((event) => {
    const row = document.createElement('tr');
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = event.id;
    button.setAttribute('aria-label', `Go to event ${event.id}`);
    button.addEventListener('click', () => goToEvent(event));
    const times = [event.start_segment, event.end_segment].map((segment) => clock.write(clock.edges[segment]));
    const when = clockTime(video, event.start_segment);
    for (const content of [button, ...times, ...(when ? [when.toLocaleString()] : []), percent(event.peak_score), percent(event.mean_score)]) {
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
  seek(state.clock.inside(event.start_segment));
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

function describePosition(time) {
  const segment = state.clock.segmentAt(time);
  const event = eventAt(segment);
  const weights = (state.attention ?? []).map((row) => times(row[segment]));
  const when = clockTime(state.video, segment);
  const gap = state.video.gaps.find((each) => each.segment === segment);
  return { segment, event, weights, when, gap, time: state.clock.write(time), score: percent(state.video.scores[segment]) };
}

function timeText(at) {
  return state.clock.inSeconds ? at.time : `frame ${at.time}`;
}

function gapText(gap) {
  return `after a gap of ${gap.seconds === null ? 'unknown length' : `${gap.seconds.toFixed(1)} s`}`;
}

function tipLines(time) {
  const at = describePosition(time);
  const event = at.event ? `, event ${at.event.id}` : '';
  return [`${timeText(at)}, segment ${at.segment}`, ...(at.when ? [at.when.toLocaleString()] : []), ...(at.gap ? [gapText(at.gap)] : []),
    `score ${at.score}${event}`, ...at.weights.map((text, hop) => `${attentionName(hop, at.weights.length).toLowerCase()}: ${text} the average`)];
}

function showNow() {
  const at = describePosition(state.time);
  $('now-time').textContent = `${at.time} / ${state.clock.write(state.clock.end)}`;
  $('now-score').textContent = at.score;
  $('now-event').textContent = at.event ? `${at.event.id} of ${state.events.length}` : 'none';
  $('now-attention').replaceChildren(...at.weights.map((text, hop) => {
    const span = document.createElement('span');
    span.textContent = text;
    span.title = attentionName(hop, at.weights.length);
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

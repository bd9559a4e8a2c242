// What the ground truth says of the events that a rule cut.

/**
 * Events that meet no anomaly, and anomalies that no event meets; null where the label is not known.
 * Where only the label is, any event meets the anomaly of an anomalous video.
 */
function judge(video) {
  const { label, runs, annotatedEvents, clock } = video;
  if (label === null || video.error !== null) return null;
  if (label === 0) return { anomalies: 0, missed: 0, falseAlarms: runs.length };
  if (annotatedEvents === null) return { anomalies: 1, missed: runs.length ? 0 : 1, falseAlarms: 0 };
  const meet = ([first, last], [start, end]) => clock.edges[first] < end && start < clock.edges[last];
  return {
    anomalies: annotatedEvents.length,
    missed: annotatedEvents.filter((event) => !runs.some((run) => meet(run, event))).length,
    falseAlarms: runs.filter((run) => !annotatedEvents.some((event) => meet(run, event))).length,
  };
}

/** Which videos the list can be cut down to: name, and whether a video belongs to it. */
const KINDS = {
  all: ['All videos', () => true],
  eventful: ['With events', ({ runs }) => runs.length > 0],
  falseAlarms: ['False alarms', ({ verdict }) => verdict !== null && verdict.falseAlarms > 0],
  missed: ['Missed', ({ verdict }) => verdict !== null && verdict.missed > 0],
  anomalous: ['Anomalous', ({ label }) => label === 1],
  normal: ['Normal', ({ label }) => label === 0],
};

/** What the label of a video is called; empty where it is not known. */
function labelName({ label, category }) {
  if (label === null) return '';
  return label === 0 ? 'Normal' : category ?? 'Anomalous';
}

/** Mistakes of a video for the list: [kind, text], none where there is none. */
function mistakes({ verdict }) {
  if (verdict === null) return [];
  const { anomalies, missed, falseAlarms } = verdict;
  const found = [];
  if (missed > 0) found.push(['missed', anomalies === 1 ? 'missed' : `${missed} of ${anomalies} missed`]);
  if (falseAlarms > 0) found.push(['false-alarm', falseAlarms === 1 ? 'false alarm' : count(falseAlarms, 'false alarm')]);
  return found;
}

/** All videos whose label is known, in one sentence; empty where there is none. */
function verdictText(videos) {
  const judged = videos.filter(({ verdict }) => verdict !== null);
  const sum = (key) => judged.reduce((total, { verdict }) => total + verdict[key], 0);
  if (judged.length === 0) return '';
  const [anomalies, normal] = [sum('anomalies'), judged.filter(({ label }) => label === 0)];
  const disturbed = normal.filter(({ verdict }) => verdict.falseAlarms > 0).length;
  return [
    ...(anomalies ? [`${anomalies - sum('missed')} of ${anomalies} ${anomalies === 1 ? 'anomaly' : 'anomalies'} found`] : []),
    count(sum('falseAlarms'), 'false alarm'),
    ...(normal.length ? [`${disturbed} of ${count(normal.length, 'normal video')} disturbed`] : []),
  ].join('; ');
}

// Score curve and attention of one video, drawn by uPlot.

const TIME_STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400];
const FRAME_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 1000000];
const TOP = 1.1; // room above a score of 1 for the bars of the events
const LEAST_TOP = 4; // of the attention, in even shares, where a bag can have as much: what is nearly even looks even

function themeColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function hopColour(hop) {
  return themeColour(`hop-${(hop % 5) + 1}`);
}

/**
 * One video's charts, over the positions of its clock;
 * `look()` gives what is drawn in addition to the scores: {threshold, runs}; the callbacks get positions.
 */
class Chart {
  constructor(scoreBox, attentionBox, video, attention, clock, look, callbacks) {
    this.video = video;
    this.clock = clock;
    this.look = look;
    this.callbacks = callbacks;
    this.boxes = [scoreBox, attentionBox];
    this.plots = [];
    this.position = 0;
    const steps = (values) => [...values, values[values.length - 1]];
    this.addPlot(scoreBox, 210, [clock.edges, steps(video.scores)], [this.series('Score', 'score', 1.75)], [0, TOP]);
    attentionBox.hidden = !attention;
    if (attention) {
      const lines = attention.map((_, hop) => this.series(attentionName(hop, attention.length), `hop-${(hop % 5) + 1}`, 1.25));
      this.addPlot(attentionBox, 110, [clock.edges, ...attention.map(steps)], lines, [0, Math.max(video.attention.peak, Math.min(LEAST_TOP, video.attention.most))]);
    }
    this.addMarks();
  }

  series(label, colour, width) {
    return { label, stroke: themeColour(colour), width, paths: uPlot.paths.stepped({ align: 1 }), points: { show: false } };
  }

  addPlot(box, height, data, series, range) {
    const isScore = this.plots.length === 0;
    const plot = new uPlot({
      width: Math.max(box.clientWidth, 200),
      height,
      series: [{}, ...series],
      legend: { show: false },
      padding: [8, 24, 0, 0],
      scales: { x: { time: false, range: (u, low, high) => [low ?? this.clock.start, high ?? this.clock.end] }, y: { range } },
      axes: [this.timeAxis(isScore), this.valueAxis(isScore)],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, dist: 8 },
        sync: { key: 'mmvad', scales: ['x', null], setSeries: false },
      },
      hooks: {
        drawClear: [(u) => this.shade(u, isScore)],
        draw: [(u) => isScore && this.mark(u)],
        setCursor: [(u) => isScore && this.hover(u)],
        setScale: [(u, key) => key === 'x' && this.zoomed(u)],
        setSize: [() => this.moveTo(this.position)],
      },
    }, data, box);
    this.listen(plot);
    this.plots.push(plot);
  }

  axis() {
    return { stroke: themeColour('quiet'), grid: { stroke: themeColour('grid'), width: 1 }, font: '12px system-ui, sans-serif',
      ticks: { stroke: themeColour('line'), width: 1, size: 5 } };
  }

  timeAxis(shown) {
    const { inSeconds } = this.clock;
    const write = (value) => (inSeconds ? formatTime(value, value % 1 > 0.01 && value % 1 < 0.99) : String(value));
    return { ...this.axis(), incrs: inSeconds ? TIME_STEPS : FRAME_STEPS, space: 70, size: shown ? 30 : 14,
      values: (u, values) => values.map((value) => (shown ? write(value) : '')) };
  }

  valueAxis(isScore) {
    return { ...this.axis(), size: 54, space: 26, label: isScore ? 'Score' : 'Attention', labelSize: 18,
      labelFont: '12px system-ui, sans-serif', incrs: isScore ? [0.2, 0.5] : [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
      values: (u, values) => values.map((value) => (isScore ? (value > 1 ? '' : percent(value)) : `${value}×`)) };
  }

  addMarks() {
    for (const plot of this.plots) {
      const playhead = document.createElement('div');
      playhead.className = 'playhead';
      plot.over.append(playhead);
    }
    this.tip = document.createElement('div');
    this.tip.className = 'tip';
    this.tip.setAttribute('aria-hidden', 'true');
    this.tip.hidden = true;
    this.plots[0].over.append(this.tip);
  }

  listen(plot) {
    const { over } = plot;
    let pressed = 0;
    const seek = (event) => {
      const left = event.clientX - over.getBoundingClientRect().left;
      this.callbacks.seek(this.clock.clamp(plot.posToVal(left, 'x')));
    };
    over.addEventListener('mousedown', (event) => { pressed = event.clientX; });
    over.addEventListener('click', (event) => { if (Math.abs(event.clientX - pressed) < 8) seek(event); });
    over.addEventListener('touchmove', (event) => { if (event.touches.length === 1) seek(event.touches[0]); }, { passive: true });
    over.addEventListener('mouseleave', () => { this.tip.hidden = true; });
  }

  band(plot, [start, end], top, height, colour) {
    const { ctx, bbox } = plot;
    const left = Math.max(plot.valToPos(start, 'x', true), bbox.left);
    const right = Math.min(plot.valToPos(end, 'x', true), bbox.left + bbox.width);
    if (right < bbox.left || left > bbox.left + bbox.width) return;
    ctx.fillStyle = themeColour(colour);
    ctx.fillRect(left, top, Math.max(right - left, 1), height);
  }

  /** Annotated events, behind the curve. */
  shade(plot, isScore) {
    const { bbox } = plot;
    for (const [start, end] of this.video.annotatedEvents ?? []) {
      const interval = [start, end].map((position) => this.clock.clamp(position));
      this.band(plot, interval, bbox.top, bbox.height, 'annotated-fill');
      const foot = 3 * devicePixelRatio;
      if (isScore) this.band(plot, interval, bbox.top + bbox.height - foot, foot, 'annotated');
    }
  }

  /** Events, gaps and threshold, in front of the grid. */
  mark(plot) {
    const { ctx, bbox } = plot;
    const { threshold, runs } = this.look();
    const top = plot.valToPos(TOP - 0.01, 'y', true);
    const height = plot.valToPos(1.02, 'y', true) - top;
    for (const [start, end] of runs) {
      this.band(plot, [this.clock.edges[start], this.clock.edges[end]], top, height, 'event');
    }
    for (const { segment } of this.video.gaps) {
      const place = this.clock.edges[segment];
      this.band(plot, [place, place], bbox.top, bbox.height, 'quiet');
    }
    const level = plot.valToPos(threshold, 'y', true);
    ctx.save();
    ctx.strokeStyle = themeColour('event');
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, level);
    ctx.lineTo(bbox.left + bbox.width, level);
    ctx.stroke();
    ctx.restore();
  }

  hover(plot) {
    if (!this.tip) return;
    const { left } = plot.cursor;
    this.tip.hidden = left < 0;
    if (left < 0) return;
    this.tip.replaceChildren(...this.callbacks.describe(this.clock.clamp(plot.posToVal(left, 'x'))).map((line) => {
      const row = document.createElement('div');
      row.textContent = line;
      return row;
    }));
    const flip = left > plot.over.clientWidth / 2;
    this.tip.style.left = flip ? 'auto' : `${left + 12}px`;
    this.tip.style.right = flip ? `${plot.over.clientWidth - left + 12}px` : 'auto';
  }

  zoomed(plot) {
    const { min, max } = plot.scales.x;
    for (const other of this.plots) {
      if (other !== plot && (other.scales.x.min !== min || other.scales.x.max !== max)) other.setScale('x', { min, max });
    }
    this.callbacks.zoomed(min > this.clock.start || max < this.clock.end);
    this.moveTo(this.position);
  }

  showWhole() {
    this.plots[0].setScale('x', { min: this.clock.start, max: this.clock.end });
  }

  moveTo(position) {
    this.position = position;
    for (const plot of this.plots) {
      const playhead = plot.over.querySelector('.playhead');
      if (!playhead) continue;
      const left = plot.valToPos(position, 'x');
      playhead.hidden = !(left >= -1 && left <= plot.over.clientWidth + 1);
      playhead.style.transform = `translateX(${left}px)`;
    }
  }

  redraw() {
    this.plots[0].redraw(false, false);
  }

  resize() {
    this.plots.forEach((plot, index) => {
      const width = this.boxes[index].clientWidth;
      if (width && width !== plot.width) plot.setSize({ width, height: plot.height });
    });
  }

  destroy() {
    this.plots.forEach((plot) => plot.destroy());
  }
}

"""The review page in a real Chromium, opened from a file."""

import csv
import io
import json
import os
import time
from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np
import pytest
from mmvad.apis.events import EventRule, find_events
from mmvad.apis.results import build_results, failed_video, video_result
from mmvad.visualization.report import write_report

PHONE = dict(width=360, height=740, deviceScaleFactor=2, mobile=True)


class Page:
    """What the tests do with a page."""

    def __init__(self, driver):
        self.driver = driver

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element('css selector', selector)

    def text(self, identifier):
        return self.run('return document.getElementById(arguments[0]).textContent', identifier)

    def press(self, keys, selector='body'):
        self.find(selector).send_keys(keys)

    def wait(self, script, *arguments):
        until = time.monotonic() + 10
        while not self.run(f'return {script}', *arguments):
            assert time.monotonic() < until, f'waited for {script}'
            time.sleep(0.02)

    def set(self, identifier, value):
        self.run(
            'const input = document.getElementById(arguments[0]); input.value = arguments[1];'
            'input.dispatchEvent(new Event("input"))',
            identifier,
            value,
        )
        self.driver.execute_async_script(
            'requestAnimationFrame(() => requestAnimationFrame(arguments[0]))'
        )

    def errors(self):
        return [entry for entry in self.driver.get_log('browser') if entry['level'] == 'SEVERE']

    @property
    def now(self):
        return self.run('return mmvad.state.time')

    @property
    def rows(self):
        return self.run('return document.getElementById("events").rows.length')

    @property
    def playhead(self):
        """Position of the cursor on the curve, from 0 at its left to 1."""
        return self.run(
            'const head = document.querySelector(".playhead").getBoundingClientRect();'
            'const box = document.querySelector(".u-over").getBoundingClientRect();'
            'return (head.left + head.width / 2 - box.left) / box.width'
        )


@pytest.fixture
def open_page(chromium, tmp_path):
    def open_results(results, **options):
        write_report(results, tmp_path / 'run.html', **options)
        chromium.get((tmp_path / 'run.html').as_uri())
        return Page(chromium)

    chromium.get('about:blank')
    chromium.get_log('browser')  # what earlier pages left
    yield open_results
    chromium.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})
    chromium.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': []})


@pytest.fixture
def page(open_page, results):
    page = open_page(results)
    page.wait('document.getElementById("player").readyState >= 2')
    return page


def test_page_opens_on_the_highest_score_without_console_errors(page, webm):
    assert page.text('video-name') == str(webm)
    assert page.text('summary') == '4 videos · 0:12 in all · 1 could not be scored'
    assert page.rows == 2
    assert page.errors() == []


def test_list_is_sorted_by_score_with_failed_videos_last(page):
    names = '[...document.querySelectorAll("#videos .name")].map((span) => span.textContent)'
    assert page.run(f'return {names}') == ['grey.webm', 'gate', 'missing.mp4', 'broken.mp4']
    page.set('filter', 'MISS')
    assert page.run(f'return {names}') == ['missing.mp4']
    page.set('filter', 'nothing like it')
    assert page.find('#none-found').is_displayed()


def test_list_leaves_out_the_folder_that_all_files_share(open_page):
    names = ['/data/day/a/1.mp4', '/data/day/b/2.mp4', '/data/day/3.mp4', 'rtsp://camera/4']
    entries = [video_result(name, [0.5], EventRule()) for name in names]
    page = open_page(build_results({}, EventRule(), entries))
    folders = '[...document.querySelectorAll("#videos .folder")].map((span) => span.textContent)'
    assert page.run(f'return {folders}') == ['a/', 'b/', '', 'rtsp://camera/']


def test_seeking_in_the_player_moves_the_cursor(page):
    assert abs(page.playhead) < 0.01
    page.run('document.getElementById("player").currentTime = 5')
    page.wait('mmvad.state.time === 5')
    assert abs(page.playhead - 0.5) < 0.01
    assert page.text('now-time') == '0:05.0 / 0:10.0'


def test_cursor_follows_playback(page):
    page.run('const player = document.getElementById("player"); player.muted = true; player.play()')
    page.wait('mmvad.state.time > 0.3')
    page.run('document.getElementById("player").pause()')
    page.wait('Math.abs(mmvad.state.time - document.getElementById("player").currentTime) < 0.06')
    assert abs(page.playhead - page.now / 10) < 0.02


def test_click_on_the_curve_seeks_the_player(page):
    from selenium.webdriver import ActionChains

    over = page.find('#score-chart .u-over')
    width = over.size['width']
    ActionChains(page.driver).move_to_element_with_offset(
        over, round(0.2 * width), 0
    ).click().perform()
    page.wait('Math.abs(document.getElementById("player").currentTime - 7) < 0.1')
    assert abs(page.playhead - 0.7) < 0.02


def test_hover_shows_score_and_attention_of_the_segment(page):
    from selenium.webdriver import ActionChains

    over = page.find('#score-chart .u-over')
    offset = round((2.5 * 0.8 / 10 - 0.5) * over.size['width'])  # the middle of segment 2
    ActionChains(page.driver).move_to_element_with_offset(over, offset, 0).perform()
    lines = page.run(
        'return [...document.querySelector(".tip").children].map((row) => row.textContent)'
    )
    assert lines[0].endswith('segment 2')
    assert lines[1] == 'score 0.900, event 1'
    assert lines[2:] == [f'attention hop {r + 1}: {0.4 * (13 * r + 2) / 38:.4f}' for r in range(3)]


def test_drag_zooms_both_curves_and_the_button_shows_the_whole_video(page):
    from selenium.webdriver import ActionChains

    over = page.find('#score-chart .u-over')
    quarter = round(over.size['width'] / 4)
    actions = ActionChains(page.driver).move_to_element_with_offset(over, -quarter, 0)
    actions.click_and_hold().move_by_offset(quarter, 0).release().perform()
    scales = 'mmvad.state.chart.plots.map((plot) => [plot.scales.x.min, plot.scales.x.max])'
    page.wait(f'{scales}[0][1] < 6')
    (low, high), attention = page.run(f'return {scales}')
    assert (low, high) == pytest.approx((2.5, 5), abs=0.1)
    assert attention == [low, high]
    assert page.now == 0  # a drag does not seek
    page.find('#whole').click()
    page.wait(f'{scales}[0][1] === 10')
    assert not page.find('#whole').is_enabled()


def test_slider_changes_the_events_and_reset_brings_them_back(page):
    page.set('threshold', '0.8')
    assert page.rows == 1
    assert page.text('found') == '1 event in this video; 1 event in 1 of 3 videos'
    page.set('threshold', '0.05')
    assert page.rows == 1  # low: the whole video is one event
    page.set('threshold-number', '0.95')
    assert page.rows == 0
    assert page.find('#no-events').is_displayed()
    page.set('threshold-number', '7')
    assert page.run('return mmvad.state.rule.threshold') == 0.95
    assert page.find('#threshold-number').get_attribute('aria-invalid') == 'true'
    page.find('#reset').click()
    page.wait('document.getElementById("events").rows.length === 2')


def test_slider_moves_with_the_keyboard(page):
    from selenium.webdriver import Keys

    page.press(Keys.HOME, '#threshold')
    page.wait('mmvad.state.rule.threshold === 0')
    page.wait('document.getElementById("live").textContent.startsWith("1 event in this video")')


def test_settings_of_the_rule_change_the_events(page):
    page.set('merge-gap', '10')
    assert page.rows == 1
    page.set('merge-gap', '0')
    page.set('min-segments', '2')
    assert page.rows == 1
    page.set('low-ratio', '1')
    assert page.rows == 0


def test_keys_step_through_the_events(page):
    page.press('n')
    page.wait('Math.abs(mmvad.state.time - 1.625) < 0.001')
    assert page.text('now-event') == '1 of 2'
    page.press('n')
    page.wait('Math.abs(mmvad.state.time - 6.425) < 0.001')
    assert page.text('live') == '0:06.4, score 0.700, event 2 of 2'
    page.press('n')
    assert page.text('live') == 'No later event in this video'
    page.press('p')
    page.wait('Math.abs(mmvad.state.time - 1.625) < 0.001')
    page.wait('Math.abs(document.getElementById("player").currentTime - 1.625) < 0.001')


def test_single_keys_can_be_turned_off_and_do_not_act_while_typing(page):
    page.press('n', '#filter')
    assert page.now == 0
    page.set('filter', '')
    page.press('?')
    page.wait('document.getElementById("help").open')
    page.find('#shortcuts').click()
    page.find('#help form button').click()
    page.press('n')
    assert page.now == 0


def test_keys_go_from_video_to_video(page):
    page.press(']')
    assert page.text('video-name') == 'rtsp://camera/gate'
    assert page.text('live') == 'gate, 0.650, rtsp://camera/, 1 event'
    page.press('[')
    assert page.text('video-name').endswith('grey.webm')


def test_curve_is_a_slider_for_the_keyboard_and_screen_readers(page):
    from selenium.webdriver import Keys

    page.press(Keys.ARROW_RIGHT + Keys.ARROW_RIGHT, '#timeline')
    timeline = page.find('#timeline')
    assert timeline.get_attribute('role') == 'slider'
    assert timeline.get_attribute('aria-valuetext') == '0:01.6, score 0.900, event 1 of 2'
    assert timeline.get_attribute('aria-valuemax') == '10.00'
    page.press(Keys.END, '#timeline')
    assert page.run('return mmvad.state.clock.segmentAt(mmvad.state.time)') == 12
    page.press(Keys.PAGE_DOWN, '#timeline')
    assert page.run('return mmvad.state.clock.segmentAt(mmvad.state.time)') == 2


def test_every_control_has_a_name_and_every_landmark_is_there(page):
    nameless = page.run(
        'const all = "button, input, select, video, nav, section, [role]";'
        'return [...document.querySelectorAll(all)]'
        '.filter((node) => !(node.textContent.trim() || node.ariaLabel || node.labels?.length'
        ' || node.getAttribute("aria-labelledby") || node.getAttribute("aria-live")'
        ' || node.getAttribute("role") === "status")).map((node) => node.outerHTML)'
    )
    assert nameless == []
    assert page.run(
        'return ["header", "nav", "main", "h1"].every((tag) => document.querySelector(tag))'
    )
    assert page.run('return document.documentElement.lang') == 'en'


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_text_stands_out_in_light_and_dark(page, scheme):
    feature = {'name': 'prefers-color-scheme', 'value': scheme}
    page.driver.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': [feature]})

    def luminance(name):
        text = page.run(
            'return getComputedStyle(document.documentElement).getPropertyValue(arguments[0])',
            f'--{name}',
        )
        digits = text.strip().lstrip('#')
        digits = ''.join(2 * digit for digit in digits) if len(digits) == 3 else digits
        channels = np.array([int(digits[i : i + 2], 16) for i in (0, 2, 4)]) / 255
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        return float(linear @ [0.2126, 0.7152, 0.0722])

    def contrast(one, other):
        low, high = sorted([luminance(one), luminance(other)])
        return (high + 0.05) / (low + 0.05)

    assert (luminance('page') > 0.5) == (scheme == 'light')
    for text in ('text', 'quiet', 'accent', *(f'hop-{hop}' for hop in range(1, 6))):
        for ground in ('card', 'page'):
            assert contrast(text, ground) >= 4.5, (text, ground)
    for ground in ('page', 'selected', 'warn'):
        assert contrast('text', ground) >= 4.5, ground
    assert contrast('quiet', 'selected') >= 4.5
    for graphic in ('score', 'alarm', 'control'):
        assert contrast(graphic, 'card') >= 3, graphic


def test_charts_are_drawn_again_in_the_colours_of_the_scheme(page):
    stroke = 'return mmvad.state.chart.plots[0].series[1].stroke()'
    light = page.run(stroke)
    feature = {'name': 'prefers-color-scheme', 'value': 'dark'}
    page.driver.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': [feature]})
    page.wait(f'{stroke.removeprefix("return ")} !== arguments[0]', light)


def test_phone_has_no_horizontal_scroll(open_page, results):
    entry = video_result(
        'x' * 200 + '/' + 'y' * 200 + '.mp4', [0.9] * 9, EventRule(0.6, 0.5), fps=25
    )
    results['videos'].append(entry)
    page = open_page(results)
    page.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', PHONE)
    page.driver.execute_async_script(
        'requestAnimationFrame(() => requestAnimationFrame(arguments[0]))'
    )
    for index in range(len(results['videos'])):
        page.run('document.querySelectorAll("#videos button")[arguments[0]].click()', index)
        widths = page.run('return [document.documentElement.scrollWidth, innerWidth]')
        assert widths == [PHONE['width']] * 2
        chart = page.run('return document.querySelector("#score-chart .uplot")?.offsetWidth ?? 1')
        assert 0 < chart < PHONE['width']


def test_curve_stays_usable_without_a_video(open_page, results):
    results['videos'] = results['videos'][:1]
    results['videos'][0]['video'] = os.fsdecode(b'quiet/caf\xe9.mp4')
    results['videos'][0]['scores'][1] = 0.9
    page = open_page(results)
    page.wait('!document.getElementById("notice").hidden')
    assert page.run('return document.getElementById("notice").textContent.includes("cannot play")')
    assert not page.find('#player').is_displayed()
    page.press('n')
    assert page.text('now-score') == '0.900'
    assert abs(page.playhead - (16.5 / 25) / (40 / 25)) < 0.01


def test_unknown_frame_rate_counts_frames(page):
    page.press(']')
    assert 'has no file to play' in page.text('notice')
    page.press('n')
    assert page.text('now-time') == '16 / 32'
    assert page.text('start-name') == 'Start frame'


def test_failed_video_says_why(page):
    page.run('document.querySelectorAll("#videos button")[3].click()')
    assert page.text('notice') == 'This video could not be scored: no video stream'
    assert not page.find('#timeline').is_displayed()
    page.press('n')
    assert page.errors() == []


def test_embedded_video_plays_and_seeks(open_page, results):
    results['videos'] = results['videos'][1:2]
    page = open_page(results, embed_videos=True)
    page.wait('document.getElementById("player").readyState >= 2')
    assert page.run('return document.getElementById("player").src').startswith('data:video/webm')
    page.press('n')
    page.wait('Math.abs(document.getElementById("player").currentTime - 1.625) < 0.001')
    assert page.errors() == []


HOSTILE = (
    '"><img src=x onerror="window.pwned=1"></script><script>window.pwned=2</script>\u2028`${1}.mp4'
)


def test_hostile_names_are_shown_and_do_nothing(open_page):
    entries = [
        video_result(HOSTILE, [0.9, 0.1], EventRule(), 32, 10),
        failed_video(HOSTILE, HOSTILE),
    ]
    page = open_page(build_results({HOSTILE: HOSTILE}, EventRule(), entries), title=HOSTILE)
    for index in range(2):
        page.run('document.querySelectorAll("#videos button")[arguments[0]].click()', index)
        assert page.text('video-name') == HOSTILE
    page.find('#open-about').click()
    assert page.text('model') == HOSTILE * 2
    time.sleep(0.2)
    assert page.run(
        'return [window.pwned, document.images.length, document.title === arguments[0]]', HOSTILE
    ) == [None, 0, True]


def test_policy_keeps_the_network_out(page):
    blocked = page.driver.execute_async_script(
        'const done = arguments[0]; const seen = [];'
        'document.addEventListener("securitypolicyviolation",'
        '(event) => seen.push(event.effectiveDirective));'
        'fetch("http://127.0.0.1:9/").catch(() => {});'
        'new Image().src = "http://127.0.0.1:9/a.png";'
        'const video = document.createElement("video"); video.src = "http://127.0.0.1:9/a.mp4";'
        'const script = document.createElement("script"); script.textContent = "window.pwned = 1";'
        'document.body.append(script); setTimeout(() => done(seen), 300)'
    )
    assert {'connect-src', 'img-src', 'media-src', 'script-src-elem'} <= set(blocked)
    assert page.run('return window.pwned') is None


def test_events_are_exported_as_python_gives_them(page, results, tmp_path):
    page.driver.execute_cdp_cmd(
        'Page.setDownloadBehavior', {'behavior': 'allow', 'downloadPath': str(tmp_path)}
    )
    page.set('threshold-number', '0.3')
    for identifier, name in (('save-csv', 'events.csv'), ('save-json', 'events.json')):
        page.find(f'#{identifier}').click()
        until = time.monotonic() + 10
        while not (tmp_path / name).exists() or not (tmp_path / name).stat().st_size:
            assert time.monotonic() < until
            time.sleep(0.05)
    rule = EventRule(0.3, low_ratio=0.5)
    content = json.loads((tmp_path / 'events.json').read_text('utf-8'))
    assert content['threshold'] == rule.to_dict()
    lines = list(csv.DictReader(io.StringIO((tmp_path / 'events.csv').read_text('utf-8'))))
    expected = []
    for entry, exported in zip(results['videos'][:3], content['videos'], strict=True):
        events = find_events(entry['scores'], rule, entry['num_frames'], entry['fps'])
        assert exported['events'] == [{**asdict(event), 'clock_time': None} for event in events]
        expected += [(entry['video'], event.start_frame, event.peak_score) for event in events]
    found = [(line['video'], int(line['start_frame']), float(line['peak_score'])) for line in lines]
    assert found == expected


def test_javascript_and_python_cut_the_same_events(page):
    rng = np.random.default_rng(0)
    cases = []
    for _ in range(400):
        scores = rng.random(rng.integers(1, 80), np.float32)
        if rng.random() < 0.5:
            scores = np.round(scores * 10).astype(np.float32) / np.float32(10)  # ties
        threshold = float(rng.choice([rng.random(), rng.choice(scores), rng.integers(0, 11) / 10]))
        ratio = float(rng.choice([1, 0.5, 0.8, 1 - rng.random()]))
        rule = EventRule(threshold, ratio, int(rng.integers(1, 4)), int(rng.integers(0, 4)))
        num_frames = None if rng.random() < 0.3 else 16 * len(scores) - int(rng.integers(0, 16))
        fps = None if rng.random() < 0.3 else float(rng.choice([25, 29.97, 30]))
        breaks = sorted(rng.integers(0, len(scores) + 1, rng.integers(0, 3)).tolist())
        cases.append((scores, rule, num_frames, fps, breaks))
    found = page.run(
        'return arguments[0].map(({scores, rule, numFrames, fps, breaks}) => { const video ='
        '{scores: Float32Array.from(scores), numFrames, fps};'
        'return mmvad.describeEvents(video, mmvad.cutEvents(video.scores, rule, breaks), 16) })',
        [
            dict(scores=s.tolist(), rule=asdict(rule), numFrames=frames, fps=fps, breaks=breaks)
            for s, rule, frames, fps, breaks in cases
        ],
    )
    assert sum(map(len, found)) > 500
    for case, events in zip(cases, found, strict=True):
        expected = [asdict(event) for event in find_events(*case)]
        means = [[event.pop('mean_score') for event in side] for side in (events, expected)]
        assert events == expected
        assert means[0] == pytest.approx(means[1], rel=1e-6)


def test_large_run_opens_quickly_and_stays_small(open_page, tmp_path):
    rng = np.random.default_rng(0)
    rule = EventRule(0.95)
    videos = []
    scores = rng.random((300, 5000), np.float32)
    for index, values in enumerate(scores.tolist()):
        videos.append(
            failed_video(f'rtsp://camera/{index}', '')
            | dict(scores=values, num_segments=5000, error=None)
        )
    start = time.monotonic()
    page = open_page(build_results({}, rule, videos))
    assert page.text('summary').startswith('300 videos')
    assert (tmp_path / 'run.html').stat().st_size < 10 * 2**20
    page.set('threshold', '0.99')
    assert page.text('found').endswith('in 300 of 300 videos')
    assert time.monotonic() - start < 30


def test_empty_run_is_a_page_without_errors(open_page):
    page = open_page(build_results({}, EventRule(), []))
    assert page.text('summary') == '0 videos'
    assert page.errors() == []


def test_a_live_source_shows_its_gaps_and_the_time_on_the_clock(open_page):
    gap = dict(segment=2, seconds=3.5, attempts=1, reason='the source ended')
    entry = video_result(
        'rtsp://camera/gate',
        [0.1, 0.9, 0.9, 0.1],
        EventRule(),
        fps=16,
        started_at=datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC),
        arrivals=[1.0, 2.0, 6.5, 7.5],
        gaps=[gap],
        incomplete='still running',
    )
    page = open_page(build_results({}, EventRule(), [entry]))
    assert page.text('notice').startswith('Only the part up to here was scored: still running.')
    assert page.find('#legend-gap').is_displayed() and page.find('#clock-time').is_displayed()
    assert page.rows == 2
    page.press('n')
    page.press('n')
    page.wait('document.getElementById("live").textContent.includes("after a gap of 3.5 s")')
    seen = page.run('return new Date("2026-11-24T12:00:06.500Z").toLocaleString()')
    assert seen in page.text('events')
    _, line = csv.DictReader(
        io.StringIO(page.run('return mmvad.eventsCsv(mmvad.run, mmvad.run.rule)'))
    )
    assert line['clock_time'] == '2026-11-24T12:00:06.500Z'
    assert page.errors() == []


def test_a_copy_is_played_where_the_browser_does_not_know_the_format(open_page, webm, tmp_path):
    recorded = tmp_path / 'recorder.avi'
    recorded.write_bytes(b'RIFF, and nothing that a browser knows')
    results = build_results(
        {}, EventRule(), [video_result(str(recorded), [0.5] * 13, EventRule(), 200, 20)]
    )
    for options in ({}, dict(embed_videos=True)):
        page = open_page(results, copies={str(recorded): webm}, **options)
        page.wait('document.getElementById("player").readyState >= 2')
        assert page.run('return document.getElementById("player").duration') == 10
        told = page.text('notice')
        assert told.endswith('its annotated copy is played instead.') or (options and not told)

"""The review page in a real Chromium, opened from a file: list, player, curve, safety."""

import os

import numpy as np
import pytest

from mmvad.clock import Clock
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, failed_video
from mmvad.scores.scores_file import ScoresFile


def test_page_opens_on_the_highest_score_without_console_errors(page, webm):
    assert page.text('video-name') == str(webm)
    assert page.text('summary') == '3 videos · 0:12 in all · 1 could not be scored'
    assert page.rows == 2
    assert page.errors() == []


def test_page_opens_at_the_first_event_or_at_the_highest_score(open_page, scores):
    page = open_page(scores)
    page.wait('document.getElementById("player").readyState >= 2')
    page.wait('Math.abs(document.getElementById("player").currentTime - 1.625) < 0.001')
    assert page.text('now-event') == '1 of 2' and page.text('now-score') == '90%'
    page.click_video(1)  # no event; the last of three segments is the highest
    assert page.segment == 2 and page.text('now-event') == 'none'


def test_list_is_sorted_by_score_with_failed_videos_last(open_page, unrated):
    page = open_page(unrated)
    names = '[...document.querySelectorAll("#videos .name")].map((span) => span.textContent)'
    assert page.run(f'return {names}') == ['grey.webm', 'camera #1', 'missing.mp4', 'broken.mp4']
    page.set('filter', 'MISS')
    assert page.run(f'return {names}') == ['missing.mp4']
    page.set('filter', 'nothing like it')
    assert page.find('#none-found').is_displayed()


def test_list_leaves_out_the_folder_that_all_files_share(open_page):
    names = ['/data/day/a/1.mp4', '/data/day/b/2.mp4', '/data/day/3.mp4', 'rtsp://camera #4']
    page = open_page(ScoresFile([ScoredVideo(name, [0.5]) for name in names]))
    folders = '[...document.querySelectorAll("#videos .folder")].map((span) => span.textContent)'
    assert page.run(f'return {folders}') == ['a/', 'b/', '', 'rtsp://']


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
    assert lines[1] == 'score 90%, event 1'
    shares = [0.4 * (13 * r + 2) / 38 * 13 for r in range(3)]  # one bag of 13 segments
    assert lines[2:] == [f'attention {r + 1}: {shares[r]:.1f}× the average' for r in range(3)]


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


def test_curve_stays_usable_without_a_video(open_page):
    name = os.fsdecode(b'quiet/caf\xe9.mp4')
    page = open_page(ScoresFile([ScoredVideo(name, [0.1, 0.9, 0.3], Clock(3, 40, fps=25))]))
    page.wait('!document.getElementById("notice").hidden')
    assert page.run('return document.getElementById("notice").textContent.includes("cannot play")')
    assert not page.find('#player').is_displayed()
    page.press('n')
    assert page.text('now-score') == '90%'
    assert abs(page.playhead - (16.5 / 25) / (40 / 25)) < 0.01


def test_unknown_frame_rate_counts_frames(open_page, unrated):
    page = open_page(unrated)
    page.press(']')
    assert 'has no file to play' in page.text('notice')
    page.press('n')
    assert page.text('now-time') == '16 / 32'
    assert page.text('start-name') == 'Start frame'


def test_failed_video_says_why(page):
    page.click_video(2)
    assert page.text('notice') == 'This video could not be scored: no video stream'
    assert not page.find('#timeline').is_displayed()
    page.press('n')
    assert page.errors() == []


def test_embedded_video_plays_and_seeks(open_page, scores):
    page = open_page(scores.with_videos(scores.videos[1:2]), embed=True)
    page.wait('document.getElementById("player").readyState >= 2')
    assert page.run('return document.getElementById("player").src').startswith('data:video/webm')
    page.to_start()
    page.press('n')
    page.wait('Math.abs(document.getElementById("player").currentTime - 1.625) < 0.001')
    assert page.errors() == []


HOSTILE = (
    '"><img src=x onerror="window.pwned=1"></script><script>window.pwned=2</script>\u2028`${1}.mp4'
)


def test_hostile_names_are_shown_and_do_nothing(open_page):
    videos = [ScoredVideo(HOSTILE, [0.9, 0.1], Clock(2, 32, 10)), failed_video('b', HOSTILE)]
    page = open_page(ScoresFile(videos, {HOSTILE: HOSTILE}), title=HOSTILE)
    assert page.text('video-name') == HOSTILE
    page.click_video(1)
    assert HOSTILE in page.text('notice')
    page.find('#open-about').click()
    assert page.text('made-by') == HOSTILE * 2
    page.frame()
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


def test_large_run_stays_small_and_is_cut_at_once(open_page, tmp_path):
    scores = np.random.default_rng(0).random((300, 5000), np.float32)
    videos = [ScoredVideo(f'rtsp://camera #{i}', values) for i, values in enumerate(scores)]
    page = open_page(ScoresFile(videos), rule=EventRule(0.95))
    assert page.text('summary').startswith('300 videos')
    assert (tmp_path / 'run.html').stat().st_size < 10 * 2**20
    page.set('threshold', '99')
    assert page.text('found').endswith('in 300 of 300 videos')


def test_empty_run_is_a_page_without_errors(open_page):
    page = open_page(ScoresFile([]))
    assert page.text('summary') == '0 videos'
    assert page.errors() == []


def test_a_copy_is_played_where_the_browser_does_not_know_the_format(open_page, webm, tmp_path):
    recorded = tmp_path / 'recorder.avi'
    recorded.write_bytes(b'RIFF, and nothing that a browser knows')
    scores = ScoresFile([ScoredVideo(str(recorded), [0.5] * 13, Clock(13, 200, 20))])
    for options in ({}, dict(embed=True)):
        page = open_page(scores, copies={str(recorded): webm}, **options)
        page.wait('document.getElementById("player").readyState >= 2')
        assert page.run('return document.getElementById("player").duration') == 10
        told = page.text('notice')
        assert told.endswith('its annotated copy is played instead.') or (options and not told)

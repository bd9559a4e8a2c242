"""The list of the review page: labels, mistakes, filters, names; folded on a phone."""

import pytest

from mmvad.clock import Clock
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, failed_video
from mmvad.scores.scores_file import ScoresFile

PHONE = dict(width=360, height=740, deviceScaleFactor=2, mobile=True)
SECOND = Clock(4, fps=16)  # a segment lasts a second


def video(name, scores, label=None, events=None, category=None):
    category = category or {0: 'Normal', 1: 'Fight', None: None}[label]
    return ScoredVideo(name, scores, SECOND, label, category, annotated_events=events)


LABELLED = ScoresFile(
    [
        video('found', [0.1, 0.9, 0.1, 0.1], 1, [(20, 30)]),
        video('beside', [0.8, 0.1, 0.1, 0.1], 1, [(16, 32), (40, 64)]),
        video('quiet', [0.1, 0.1, 0.1, 0.2], 0, []),
        video('alarm', [0.7, 0.1, 0.6, 0.1], 0, []),
        video('label only', [0.3, 0.1, 0.1, 0.1], 1, category='Arson'),
        video('unknown', [0.55, 0.1, 0.1, 0.1]),
        failed_video('broken', 'no video stream'),
    ]
)
NAMES = '[...document.querySelectorAll("#videos .name")].map((span) => span.textContent)'
VERDICTS = (
    'Object.fromEntries([...document.querySelectorAll("#videos button")].map((button) => '
    '[button.querySelector(".name").textContent,'
    ' [...button.querySelectorAll(".verdict span")].map((span) => span.textContent)]))'
)


@pytest.fixture
def labelled(open_page):
    return open_page(LABELLED)


@pytest.fixture
def phone(chromium):
    """A narrow screen that is touched."""
    chromium.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', PHONE)
    chromium.execute_cdp_cmd('Emulation.setTouchEmulationEnabled', {'enabled': True})
    yield
    chromium.execute_cdp_cmd('Emulation.setTouchEmulationEnabled', {'enabled': False})


def choose_kind(page, kind):
    page.run(
        'const select = document.getElementById("kind"); select.value = arguments[0];'
        'select.dispatchEvent(new Event("change"))',
        kind,
    )
    return page.run(f'return {NAMES}')


def test_list_shows_label_false_alarms_and_misses(labelled):
    assert labelled.run(f'return {VERDICTS}') == {
        'found': ['Fight'],
        'beside': ['Fight', '2 of 2 missed', 'false alarm'],
        'quiet': ['Normal'],
        'alarm': ['Normal', '2 false alarms'],
        'label only': ['Arson', 'missed'],
        'unknown': [],
        'broken': [],
    }
    told = labelled.text('verdicts')
    assert told == '1 of 4 anomalies found; 3 false alarms; 1 of 2 normal videos disturbed'
    assert labelled.find('#verdicts').is_displayed()
    assert labelled.errors() == []


def test_list_can_be_cut_down_to_the_mistakes(labelled):
    assert choose_kind(labelled, 'falseAlarms') == ['beside', 'alarm']
    assert choose_kind(labelled, 'missed') == ['beside', 'label only']
    assert choose_kind(labelled, 'anomalous') == ['found', 'beside', 'label only']
    assert choose_kind(labelled, 'normal') == ['alarm', 'quiet']
    assert choose_kind(labelled, 'eventful') == ['found', 'beside', 'alarm', 'unknown']
    options = '[...document.getElementById("kind").options].map((each) => each.textContent)'
    assert labelled.run(f'return {options}') == [
        'All videos (7)',
        'With events (4)',
        'False alarms (2)',
        'Missed (2)',
        'Anomalous (3)',
        'Normal (2)',
    ]
    labelled.set('filter', 'al')
    assert choose_kind(labelled, 'normal') == ['alarm']


def test_mistakes_and_the_list_of_them_follow_the_threshold(labelled):
    assert choose_kind(labelled, 'missed') == ['beside', 'label only']
    labelled.set('threshold', '25')
    assert labelled.run(f'return {NAMES}') == ['beside']
    labelled.set('threshold', '95')
    assert labelled.run(f'return {NAMES}') == ['found', 'beside', 'label only']
    assert labelled.text('verdicts').startswith('0 of 4 anomalies found; 0 false alarms;')


def test_mistakes_are_judged_in_frames_where_the_rate_is_not_known(open_page):
    videos = [
        ScoredVideo('met', [0.1, 0.9], label=1, annotated_events=[(16, 20)]),
        ScoredVideo('not met', [0.9, 0.1], label=1, annotated_events=[(16, 20)]),
    ]
    page = open_page(ScoresFile(videos))
    assert page.run(f'return {VERDICTS}') == {
        'met': ['Anomalous'],
        'not met': ['Anomalous', 'missed', 'false alarm'],
    }


def test_nothing_is_said_of_mistakes_where_no_label_is_known(open_page):
    page = open_page(ScoresFile([video('a', [0.9] * 4), video('b', [0.1] * 4)]))
    assert not page.find('#verdicts').is_displayed()
    shown = '[...document.getElementById("kind").options].filter((each) => !each.hidden).length'
    assert page.run(f'return {shown}') == 2
    assert choose_kind(page, 'eventful') == ['a']


def test_page_opens_at_an_event_even_where_another_video_has_the_highest_score(open_page):
    brief = video('brief', [0.1, 0.9, 0.1, 0.1])
    long = video('long', [0.1, 0.1, 0.6, 0.7])
    page = open_page(ScoresFile([brief, long]), rule=EventRule(0.5, min_seconds=1.5))
    assert page.run(f'return {NAMES}') == ['brief', 'long']
    assert page.text('video-name') == 'long' and page.segment == 2


def test_keys_say_label_and_mistakes(labelled):
    labelled.press(']')
    assert labelled.text('live') == 'beside, 80%, 1 event, Fight, 2 of 2 missed, false alarm'


def test_percentages_tell_scores_below_the_threshold_from_those_that_reach_it(open_page):
    values = [0.9, 0.59999, 0.6, 1.0, 0.9973, 0.99999, 0.004, 0.0, 1e-7]
    page = open_page(ScoresFile([ScoredVideo('a', values)]), rule=EventRule(0.005))
    seen = page.run(
        'return arguments[0].map((_, segment) => { mmvad.seek(16 * segment + 1, false);'
        'return document.getElementById("now-score").textContent })',
        values,
    )
    assert seen == ['90%', '59%', '60%', '100%', '99.7%', '99.9%', '0.4%', '0%', '0%']


def test_list_is_folded_on_a_phone_and_folds_again_after_the_choice(phone, open_page):
    page = open_page(LABELLED)
    fold = page.find('#fold')
    assert fold.is_displayed() and fold.text.startswith('7 videos')
    assert not page.find('#videos').is_displayed()
    fold.click()
    assert page.find('#videos').is_displayed() and fold.get_attribute('aria-expanded') == 'true'
    page.find('#videos li:nth-child(2) button').click()
    assert page.text('video-name') == 'beside'
    assert not page.find('#videos').is_displayed()
    assert page.run('return document.activeElement.id') == 'fold'


def test_list_is_always_open_on_a_wide_screen(labelled):
    assert not labelled.find('#fold').is_displayed()
    labelled.click_video(1)
    assert labelled.find('#videos').is_displayed()


def test_keyboard_badges_are_for_keyboards(phone, open_page, chromium):
    page = open_page(LABELLED)
    shown = '[...document.querySelectorAll("kbd, #open-help")].filter((each) => each.offsetWidth)'
    assert page.run(f'return matchMedia("(pointer: coarse)").matches && {shown}.length') == 0
    chromium.execute_cdp_cmd('Emulation.setTouchEmulationEnabled', {'enabled': False})
    chromium.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})
    assert page.run(f'return {shown}.length') > 4


def test_names_break_between_words_only(phone, open_page):
    name = 'recordings_of_the_north_gate/2026-11-24/camera_03_entrance_hall_afternoon.mp4'
    page = open_page(ScoresFile([video(name, [0.9] * 4), video('other/b.mp4', [0.1] * 4)]))
    page.find('#fold').click()
    broken = page.run(
        'return [...document.querySelectorAll("#video-name, #videos .name, #videos .folder")]'
        '.flatMap((box) => [...box.childNodes].filter((node) => node.nodeType === 3))'
        '.filter((node) => { const range = document.createRange(); range.selectNodeContents(node);'
        ' return range.getClientRects().length > 1 }).map((node) => node.data)'
    )
    assert broken == []
    height = 'document.getElementById("video-name").getBoundingClientRect().height'
    assert page.run(f'return {height}') > 30  # it does not fit one line
    assert page.text('video-name') == name
    widths = page.run('return [document.documentElement.scrollWidth, innerWidth]')
    assert widths == [PHONE['width']] * 2


@pytest.mark.parametrize(('peak', 'top'), [(0.15, 4), (0.9, 18)])
def test_attention_is_drawn_against_an_even_share(open_page, peak, top):
    rest = (1 - peak) / 19
    weights = [[rest] * 19 + [peak]]
    scored = ScoredVideo('a', [0.5] * 20, Clock(20, fps=16), attention=weights)
    page = open_page(ScoresFile([scored], dict(bag_size=20)))
    scale = page.run('const { min, max } = mmvad.state.chart.plots[1].scales.y; return [min, max]')
    assert scale == pytest.approx([0, max(top, 20 * peak)], rel=1e-4)
    page.run('mmvad.seek(19.5)')
    assert page.text('now-attention') == f'{20 * peak:.1f}×'.replace('18.0', '18')
    assert 'hop' not in page.find('body').text.lower()


def test_a_bag_of_two_segments_has_no_room_for_four_shares(open_page):
    scored = ScoredVideo('a', [0.5] * 4, SECOND, attention=[[0.5, 0.5, 0.9, 0.1]])
    page = open_page(ScoresFile([scored], dict(bag_size=2)))
    assert page.run('return mmvad.state.chart.plots[1].scales.y.max') == 2


@pytest.mark.parametrize(
    ('made_by', 'told'),
    [
        (dict(threshold_from='default, not calibrated'), ['0.5 is not calibrated']),
        (dict(extractor_weights='random, seed 0', threshold_from='given'), ['untrained network']),
        (dict(extractor_weights='best.pth', threshold_from='best.pth.threshold.json'), []),
        ({}, ['not calibrated']),
    ],
)
def test_first_screen_says_what_is_not_calibrated_or_not_trained(open_page, made_by, told):
    rule = EventRule() if made_by else None
    page = open_page(ScoresFile([video('a', [0.9] * 4)], made_by, rule))
    assert page.find('#cautions').is_displayed() == bool(told)
    assert all(text in page.text('cautions') for text in told)
    if told:
        assert page.run('return document.getElementById("cautions").offsetTop') < 200

"""The review page for the keyboard, screen readers, dark rooms and phones."""

import numpy as np
import pytest

from mmvad.clock import Clock
from mmvad.scores.scored_video import ScoredVideo

PHONE = dict(width=360, height=740, deviceScaleFactor=2, mobile=True)


def test_curve_is_a_slider_for_the_keyboard_and_screen_readers(page):
    from selenium.webdriver import Keys

    page.press(Keys.ARROW_RIGHT + Keys.ARROW_RIGHT, '#timeline')
    timeline = page.find('#timeline')
    assert timeline.get_attribute('role') == 'slider'
    assert timeline.get_attribute('aria-valuetext') == '0:01.6, score 90%, event 1 of 2'
    assert timeline.get_attribute('aria-valuemax') == '10.00'
    page.press(Keys.END, '#timeline')
    assert page.segment == 12
    page.press(Keys.PAGE_DOWN, '#timeline')
    assert page.segment == 2


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


def test_keys_go_from_video_to_video(open_page, unrated):
    page = open_page(unrated)
    page.press(']')
    assert page.text('video-name') == 'rtsp://camera #1'
    assert page.text('live') == 'camera #1, 65%, rtsp://, 1 event'
    page.press('[')
    assert page.text('video-name').endswith('grey.webm')


def test_keys_step_through_the_events(page):
    page.press('n')
    page.wait('Math.abs(mmvad.state.time - 1.625) < 0.001')
    assert page.text('now-event') == '1 of 2'
    page.press('n')
    page.wait('Math.abs(mmvad.state.time - 6.425) < 0.001')
    assert page.text('live') == '0:06.4, score 70%, event 2 of 2'
    page.press('n')
    assert page.text('live') == 'No later event in this video'
    page.press('p')
    page.wait('Math.abs(mmvad.state.time - 1.625) < 0.001')
    page.wait('Math.abs(document.getElementById("player").currentTime - 1.625) < 0.001')


def test_slider_moves_with_the_keyboard(page):
    from selenium.webdriver import Keys

    page.press(Keys.HOME, '#threshold')
    page.wait('mmvad.state.rule.threshold === 0')
    page.wait('document.getElementById("live").textContent.startsWith("1 event in this video")')


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
    for badge in ('missed', 'event'):
        assert contrast(badge, 'card') >= 4.5, badge  # their text has the colour of the card
    for graphic in ('score', 'event', 'control'):
        assert contrast(graphic, 'card') >= 3, graphic


def test_charts_are_drawn_again_in_the_colours_of_the_scheme(page):
    stroke = 'return mmvad.state.chart.plots[0].series[1].stroke()'
    light = page.run(stroke)
    feature = {'name': 'prefers-color-scheme', 'value': 'dark'}
    page.driver.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': [feature]})
    page.wait(f'{stroke.removeprefix("return ")} !== arguments[0]', light)


def test_phone_has_no_horizontal_scroll(open_page, unrated):
    long = ScoredVideo('x' * 200 + '/' + 'y' * 200 + '.mp4', [0.9] * 9, Clock(9, fps=25))
    page = open_page(unrated.with_videos([*unrated.videos, long]))
    page.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', PHONE)
    page.frame()
    page.run('document.querySelectorAll("details").forEach((each) => { each.open = true; })')
    for index in range(5):
        page.click_video(index)
        widths = page.run('return [document.documentElement.scrollWidth, innerWidth]')
        assert widths == [PHONE['width']] * 2
        chart = page.run('return document.querySelector("#score-chart .uplot")?.offsetWidth ?? 1')
        assert 0 < chart < PHONE['width']

import random

import pytest

from mmvad.addresses import (
    Address,
    as_source,
    hide_addresses,
    hide_in,
    is_address,
    number_names,
    show_address,
    shown_name,
)
from mmvad.files import printable

# Every way to write a secret that cameras and services are known to use, and slips.
FORMS = {
    'rtsp://me:{}@gate:554/1': 'rtsp://gate:554',
    'rtsp://{}@gate/1': 'rtsp://gate',
    'rtsp://:{}@gate': 'rtsp://gate',
    'RTSP://me:{}@[fe80::1%eth0]:554/1': 'rtsp://[fe80::1%eth0]:554',
    'rtsp://gate/user=admin_password={}_channel=1.sdp': 'rtsp://gate',
    'rtsp://gate/live;password={}': 'rtsp://gate',
    'rtsp://gate;password={}': 'rtsp://gate',
    'rtsp://gate:554#token={}': 'rtsp://gate:554',
    'http://gate/v.mp4?access_token={}': 'http://gate',
    'http://gate/v.mp4?a=1&api_key={}&b=2': 'http://gate',
    'http://gate?apikey={}': 'http://gate',
    'srt://gate:9000?passphrase={}&mode=caller': 'srt://gate:9000',
    'https://gate/v?secret={}': 'https://gate',
    'https://gate/v?X-Amz-Sig={}': 'https://gate',
    'http://gate/cgi?loginuse=a&loginpas={}': 'http://gate',
    'http://gate/s/{}/live.m3u8': 'http://gate',
    'rtmp://gate/live/{}': 'rtmp://gate',
    'rtsp://127.0.0.1:554/live?key={}': 'rtsp://127.0.0.1:554',
    'rtsp://[::1]:554/{}': 'rtsp://[::1]:554',
    ' rtsp://me:{}@gate/1': 'rtsp://gate',
    'cache:http://me:{}@gate/1': 'http://gate',
    '{}:x:http://gate/1': 'http://gate',
    'file:///home/{}/a.mkv': 'file://',
    'rtsp:/me:{}@gate/1': 'rtsp://',
    'rtsp:me:{}@gate/1': 'rtsp://',
    'concat:/home/{}|b.mkv': 'concat://',
    'rtsp://gate:554;password={}': 'rtsp://gate:554',
    'rtsp://gate&password={}': 'rtsp://',
    'rtsp://?{}': 'rtsp://',
    'rtsp://me:{}@gate:port/1': 'rtsp://',
    'me:{}://gate': 'address://',
    '://{}@gate': 'address://',
}
SECRETS = [
    's3cret',
    'my s3cret',
    's3"cr\'et',
    's3@cret',
    's3;cret',
    's3#cret',
    's3?cret',
    's3/cret',
]
SECRETS += ['s3/cret', 's3:cret', 's3%40cret', 's3\\cret', 's3é\ncret', 's3//@cret', 's3&cret=@s3']


@pytest.mark.parametrize('form', FORMS)
def test_nothing_is_shown_but_scheme_host_and_port(form):
    assert show_address(form.format('s3cret')) == FORMS[form]
    for secret in SECRETS:
        text = form.format(secret)
        shown = show_address(text)
        assert shown in (FORMS[form], FORMS[form].split('//')[0] + '//', 'address://')
        assert is_address(text)
        assert str(Address(text, 2)) == f'{shown} #2' and repr(Address(text)).count('s3') == 0
        for line in (text, f'cannot open {text}: no answer', f"'{text}' and {text}"):
            for hidden in (hide_addresses(line), printable(line)):
                found = hidden.replace('me:', '')
                if form not in ('{}:x:http://gate/1', 'me:{}://gate'):  # before an address is text
                    assert 's3' not in found and 'cret' not in found


def test_a_password_of_any_characters_is_never_shown_in_part():
    numbers = random.Random(0)
    for _ in range(3000):
        secret = ''.join(numbers.choices('QZX@/?#;: \'"&=%[].1', k=numbers.randint(1, 9)))
        for form in (
            'rtsp://me:{}@gate/1',
            'rtsp://gate;key={}',
            'rtsp://gate/{}',
            'rtsp://gate:554/?token={}',
        ):
            shown = show_address(form.format(secret))
            assert shown in ('rtsp://gate', 'rtsp://gate:554', 'rtsp://'), (secret, form)


@pytest.mark.parametrize('path', ['a.mp4', 'a:b.mp4', '/a@b/c d.mp4', 'C:\\a.mp4', 'frames', 'a#1'])
def test_paths_are_no_addresses_and_stay(path):
    assert not is_address(path)
    assert as_source(path) == show_address(path) == shown_name(path) == path
    assert hide_addresses(f'{path}: no such file') == f'{path}: no such file'


def test_names_made_for_showing_stay_within_a_text():
    text = 'rtsp://gate:554 #1 and http://[::1] #12: no answer from file:// #3'
    assert hide_addresses(text) == text
    assert hide_addresses('lost rtsp://gate') == 'lost rtsp://gate'
    assert hide_addresses('rtsp://gate #1: http://me:s3cret@x') == 'rtsp://gate #1: http://x …'
    assert hide_addresses('rtsp://me:1 #2@gate/') == 'rtsp:// …'


def test_an_address_as_text_is_only_what_may_be_shown():
    address = as_source(' RTSP://me:s3cret@gate/Live')
    assert f'{address}' == 'rtsp://gate #1' and 's3cret' not in repr(address)
    assert address.opened == 'rtsp://me:s3cret@gate/Live'
    assert as_source(address) is address


def test_addresses_of_one_host_have_different_names():
    names = ['http://gate/1', 'a', 'http://gate/2', 'http://gate/1', 'http://gate #7']
    assert number_names(names) == [
        'http://gate #1',
        'a',
        'http://gate #2',
        'http://gate #1',
        'http://gate #7',
    ]


def test_addresses_in_settings_are_replaced_at_any_depth():
    settings = dict(a=[dict(b='http://me:s3cret@gate/a')], c=3, d='a.pth')
    assert hide_in(settings) == dict(a=[dict(b='http://gate')], c=3, d='a.pth')


def test_a_file_of_an_installed_package_is_no_address_and_hides_no_later_one():
    packaged = 'package://some_weights/models/a-0.pth'
    assert not is_address(packaged) and hide_addresses(f'{packaged}: not there') == (
        f'{packaged}: not there'
    )
    assert 'secret' not in hide_addresses(f'{packaged}, rtsp://me:secret@gate/1')
    assert is_address('package://me:secret@host')

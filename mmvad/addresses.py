"""Addresses of cameras, videos and weights: what of them may be shown, which is never a secret."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

# What stands before the first ':' of an address whose slashes are missing, as after a slip.
SCHEMES = (
    'rtsp rtsps rtspt rtspu rtmp rtmps rtmpe rtmpt srt udp tcp tls rtp srtp http https ftp ftps '
    'sftp mms mmsh mmst file concat crypto data'
).split()
BARE = re.compile(rf'\s*({"|".join(SCHEMES)}):(?!//)(?=\S)', re.IGNORECASE)
PACKAGED = re.compile(r'package://[\w./-]+')  # a file of an installed package, `find_packaged`
SCHEME = re.compile(r'([A-Za-z][A-Za-z0-9+.-]*)://')
IN_TEXT = re.compile(
    rf'(?:[A-Za-z][A-Za-z0-9+.-]*)?://|\b(?:{"|".join(SCHEMES)}):(?=/|\S[\s\S]*@)', re.IGNORECASE
)
IP = r'(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+(?:%\w+)?\])'
PLACE = rf'(?:{IP}|[\w.-]+)(?::\d{{1,5}})?'
SHOWN = re.compile(rf'[a-z][a-z0-9+.-]*://(?:{PLACE})?(?: #\d{{1,6}})?')
NUMBERED = re.compile(
    rf'[a-z][a-z0-9+.-]*://(?:(?:{PLACE})? #\d{{1,6}}(?![\w@/?#])|(?:{PLACE})(?=: [^@]*\Z))'
)
NO_USER = re.compile(rf'{PLACE}[^\w.:@%+-]')
CUT = ' …'


@dataclass(frozen=True)
class Address:
    """An address that a user gave, and its number in the run; as a text it is what may be shown.

    Names of parameters do not tell what is secret, so only scheme, host and port are shown.

    Attributes:
        full: As it was given, for what opens it and for nothing else.
        number: Among the addresses of the run, from 1; it tells two cameras of one host apart.

    Example:
        >>> str(Address('rtsp://admin:s3cret@gate:554/live?token=abc', 2))
        'rtsp://gate:554 #2'
    """

    full: str = field(repr=False)
    number: int = 1

    def __str__(self) -> str:
        return f'{show_address(self.full)} #{self.number}'

    @property
    def opened(self) -> str:
        """The address as FFmpeg takes it, which knows schemes in small letters only."""
        scheme, colon, rest = self.full.strip().partition(':')
        return f'{scheme.lower()}{colon}{rest}'


def is_address(text: str) -> bool:
    """Say whether a text is an address and not the path of a file.

    Example:
        >>> is_address('rtsp://gate'), is_address('rtsp:/gate'), is_address('a:b.mp4')
        (True, True, False)
        >>> is_address('package://some_weights/a.pth')
        False
    """
    if PACKAGED.fullmatch(text):
        return False
    return '://' in text or BARE.match(text) is not None


def as_source(path: str | os.PathLike | Address) -> str | Address:
    """Tell an address from the path of a file.

    Example:
        >>> as_source('a.mp4'), str(as_source('http://gate/a.mp4?key=x'))
        ('a.mp4', 'http://gate #1')
    """
    path = path if isinstance(path, Address) else os.fspath(path)
    return Address(path) if isinstance(path, str) and is_address(path) else path


def show_address(text: str) -> str:
    """Give scheme, host and port of an address; nothing else of it can be told from a secret.

    Where user and password could reach into what looks like host or path, as with a ``/`` in a
    password, or where there is no host, the scheme stands alone.

    Args:
        text: The address.

    Returns:
        What may be shown; a text that is no address, or names a file of an installed package,
        stays as it is.

    Example:
        >>> show_address('RTSP://admin:p@ss@[::1]:554/user=admin_password=x')
        'rtsp://[::1]:554'
        >>> show_address('rtsp://admin:pa/ss@gate/1'), show_address('file:///home/me/a.mkv')
        ('rtsp://', 'file://')
    """
    if PACKAGED.fullmatch(text):
        return text
    if '://' not in text:
        bare = BARE.match(text)
        return f'{bare[1].lower()}://' if bare else text
    text = text.strip()
    found = SCHEME.search(text)
    scheme = found[1].lower() if found else ''
    if not found or (found.start() and scheme not in SCHEMES):  # what stands before may be secret
        return 'address://'
    return f'{scheme}://{_place(text[found.end() :])}'


def shown_name(name: str) -> str:
    """Give the name of a source as it may be shown; one that was made for this stays.

    Example:
        >>> shown_name('rtsp://gate #2'), shown_name('rtsp://gate/live/2'), shown_name('a.mp4')
        ('rtsp://gate #2', 'rtsp://gate', 'a.mp4')
    """
    return name if SHOWN.fullmatch(name) else show_address(name)


def number_names(names: Iterable[str]) -> list[str]:
    """Give the names of sources as they may be shown, of different addresses different ones.

    Args:
        names: Paths, names of a data set, addresses, as older files hold them in full.

    Returns:
        A name for each, equal for equal ones.

    Example:
        >>> number_names(['rtsp://gate/live/1', 'a.mp4', 'rtsp://gate/live/2'])
        ['rtsp://gate #1', 'a.mp4', 'rtsp://gate #2']
    """
    numbers: dict[str, int] = {}
    return [
        str(Address(name, numbers.setdefault(name, len(numbers) + 1)))
        if is_address(name) and not SHOWN.fullmatch(name)
        else name
        for name in names
    ]


def hide_addresses(text: str) -> str:
    """Cut a text, as that of an error, after the host of an address that was not made for showing.

    Where an address ends in a text cannot be told: a password may hold spaces, quotes and colons.

    Example:
        >>> hide_addresses('rtsp://gate #1: no answer'), hide_addresses('a@b: no answer')
        ('rtsp://gate #1: no answer', 'a@b: no answer')
        >>> hide_addresses("cannot open 'rtsp://me:my secret@gate/1'")
        "cannot open 'rtsp://gate …"
    """
    start = 0
    while True:
        found = IN_TEXT.search(text, start)
        if found is None or SHOWN.fullmatch(text, found.start()):
            return text
        kept = PACKAGED.match(text, found.start()) or NUMBERED.match(text, found.start())
        if kept is None:
            return text[: found.start()] + show_address(text[found.start() :]) + CUT
        start = kept.end()


def hide_in(value: object) -> object:
    """Replace each address in what a config or a record holds by what may be shown of it.

    Example:
        >>> hide_in(dict(backbone=dict(pretrained='http://host/a.pth?key=x'), depth=50))
        {'backbone': {'pretrained': 'http://host'}, 'depth': 50}
    """
    if isinstance(value, str):
        return show_address(value) if is_address(value) else value
    if isinstance(value, dict):
        return {key: hide_in(each) for key, each in value.items()}
    return [hide_in(each) for each in value] if isinstance(value, list) else value


def _place(rest: str) -> str:
    """Give host and port from what follows the scheme, where it is certain which part that is."""
    authority = re.match(r'[^/?#]*', rest)[0]
    if '@' in rest[len(authority) :]:  # of a password with a '/', or of a path
        certain = re.fullmatch(rf'{IP}(?::\d{{1,5}})?', authority)
    elif '@' in authority:
        user, _, place = authority.rpartition('@')
        # ``gate;password=a@b`` has no user: what follows the '@' is a part of the password
        certain = re.fullmatch(PLACE, place) if not NO_USER.match(user) else None
    else:
        certain = re.fullmatch(PLACE, authority.partition(';')[0])
    return certain[0] if certain else ''

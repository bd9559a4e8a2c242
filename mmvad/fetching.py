"""Weights that a config or flag names by an address: refused offline, told, then fetched."""

import base64
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlsplit, urlunsplit
from urllib.request import Request, urlopen

from mmvad.addresses import is_address, show_address
from mmvad.files import file_sha256, printable

KEYS = ('load_from', 'checkpoint', 'pretrained', 'weights', 'pca_weights')  # of weights in a config
CONTENT_HASH = re.compile(r'-([0-9a-f]{8,64})(\.\w+)$')  # at the end of a published file's name
MODELS = {'model', 'backbone'}  # below these, every address is one of weights
TIMEOUT = 60.0  # seconds without a byte
UNQUOTED = "%/:=&?~+!$,;'@()*[]"

Say = Callable[[str], None]


def tell(line: str) -> None:
    """Say at once what is fetched, beside what a command prints as its result."""
    print(printable(line), file=sys.stderr, flush=True)


def weight_addresses(settings: Mapping, place: str = '') -> Iterator[tuple[str, dict, str]]:
    """Find the addresses of weights in a config: of a model, and under the keys of weights.

    Args:
        settings: Config, or a part of it.
        place: Name of that part.

    Yields:
        Dotted key, the mapping that holds the address, and its key there.

    Example:
        >>> cfg = dict(load_from='http://host/a.pth', model=dict(pretrained='torchvision://r18'))
        >>> [key for key, _, _ in weight_addresses(cfg)]
        ['load_from', 'model.pretrained']
    """
    for key, value in settings.items():
        name = f'{place}.{key}' if place else str(key)
        if isinstance(value, str):
            in_model = not MODELS.isdisjoint(name.split('.')[:-1])
            if (key in KEYS or in_model) and _is_fetched(value):
                yield name, settings, key
            continue
        parts = enumerate(value) if isinstance(value, list | tuple) else [(None, value)]
        for index, part in parts:
            if isinstance(part, Mapping):
                yield from weight_addresses(part, name if index is None else f'{name}.{index}')


def refuse_config_offline(settings: Mapping) -> None:
    """Refuse a config that names weights by an address.

    Args:
        settings: Config, or a part of it.

    Raises:
        ValueError: It names one; the text names the key and the host.
    """
    for name, owner, key in weight_addresses(settings):
        refuse_offline(name, owner[key])


def refuse_offline(name: str, value: str | None) -> None:
    """Refuse weights that would be fetched.

    Args:
        name: Key or flag.
        value: Path or address of the weights.

    Raises:
        ValueError: It is an address; the text names key or flag, and the host.

    Example:
        >>> refuse_offline('load_from', 'https://me:secret@host/a.pth')
        Traceback (most recent call last):
        ValueError: load_from: offline, but the weights would be fetched from https://host
    """
    if value is not None and _is_fetched(value):
        shown = show_address(value)
        raise ValueError(f'{name}: offline, but the weights would be fetched from {shown}')


def hide_weights(settings: Mapping) -> None:
    """Leave of the addresses of weights, which nothing will ask, what may be shown of them.

    Args:
        settings: Config, or a part of it, changed in place.

    Example:
        >>> cfg = dict(model=dict(pretrained='http://me:secret@host/a.pth'))
        >>> hide_weights(cfg)
        >>> cfg
        {'model': {'pretrained': 'http://host'}}
    """
    for _, owner, key in list(weight_addresses(settings)):
        owner[key] = show_address(owner[key])


@contextmanager
def local_weights(settings: Mapping, say: Say = tell) -> Iterator[None]:
    """Fetch the weights that a config names by http(s) addresses, and let it name the files.

    So no address reaches the logs and copies of the config. Other addresses, such as
    ``torchvision://resnet50``, are told and left to mmengine.

    Args:
        settings: Config, changed in place; the files last as long as the context.
        say: Takes a line for each address.

    Raises:
        OSError: Weights cannot be fetched.
    """
    with ExitStack() as stack:
        for name, owner, key in list(weight_addresses(settings)):
            if is_http(owner[key]):
                owner[key] = str(stack.enter_context(fetched(owner[key], say, name)))
            else:
                say(f'{name}: fetching weights from {show_address(owner[key])}')
        yield


@contextmanager
def fetched(address: str, say: Say = tell, name: str | None = None) -> Iterator[Path]:
    """Fetch a file, or take it from PyTorch's folder of downloads where its name has its hash.

    Other names say nothing of the content, so such a file is fetched each time.

    Args:
        address: http or https, with user and password where they are needed.
        say: Takes the line that says what is fetched, before it is.
        name: Key or flag that names the address.

    Yields:
        The file, which lasts as long as the context.

    Raises:
        OSError: It cannot be fetched, is cut short, or its hash is another than its name says; the
            text names no more of the address than may be shown.
    """
    from torch import hub  # commands ask for help without PyTorch

    shown, place = show_address(address), f'{name}: ' if name else ''
    file_name = unquote(_path(address)).rpartition('/')[2]
    found = CONTENT_HASH.search(file_name)
    folder = Path(hub.get_dir(), 'checkpoints')
    cached = folder / f'{found[1]}{found[2]}' if found else None
    for path in (cached, folder / file_name) if found else ():
        if path.is_file() and file_sha256(path).startswith(found[1]):
            yield path
            return
    say(f'{place}fetching weights from {shown}')
    with tempfile.TemporaryDirectory(prefix='mmvad-') as temporary:
        path = Path(temporary, f'weights{found[2] if found else Path(file_name).suffix[:8]}')
        _download(address, path, shown)
        if found:
            if not file_sha256(path).startswith(found[1]):
                raise OSError(f'the hash in the name of the weights is not theirs, from {shown}')
            folder.mkdir(parents=True, exist_ok=True)
            draft = cached.with_name(f'.{cached.name}.{os.getpid()}')
            shutil.move(path, draft)
            path = draft.replace(cached)
        yield path


def is_http(text: str) -> bool:
    """Say whether a text is an address that is fetched here, and not by mmengine."""
    return text.strip().lower().startswith(('http://', 'https://'))


def _is_fetched(text: str) -> bool:
    return is_address(text) and not text.strip().lower().startswith('file:')


def _path(address: str) -> str:
    try:
        return urlsplit(address.strip()).path
    except ValueError:
        return ''


def _download(address: str, path: Path, shown: str) -> None:
    try:
        request = _request(address)
        with urlopen(request, timeout=TIMEOUT) as answer, path.open('wb') as file:
            shutil.copyfileobj(answer, file)
            promised = answer.headers.get('Content-Length')
        if promised is not None and path.stat().st_size != int(promised):
            raise OSError(f'{path.stat().st_size} of {promised} bytes came')
    except (OSError, HTTPException, ValueError) as error:
        raise OSError(f'weights cannot be fetched: {_reason(error)}: from {shown}') from None


def _request(address: str) -> Request:
    """Take user and password out of an address, into the header that they belong to."""
    parts = urlsplit(address.strip())
    user, at, place = parts.netloc.rpartition('@')
    path, query = (quote(part, safe=UNQUOTED) for part in (parts.path, parts.query))
    request = Request(urlunsplit((parts.scheme, place, path, query, '')))
    if at:  # not sent on to where the host may point
        token = base64.b64encode(unquote(user).encode()).decode()
        request.add_unredirected_header('Authorization', f'Basic {token}')
    return request


def _reason(error: Exception) -> str:
    """Say what went wrong; the errors' own texts may repeat the address."""
    if isinstance(error, HTTPError):
        return f'HTTP error {error.code}'
    if isinstance(error, URLError):
        error = error.reason if isinstance(error.reason, Exception) else error
    if isinstance(error, OSError):
        return error.strerror or (str(error) if 'bytes came' in str(error) else 'no answer')
    return f'the address is malformed ({type(error).__name__})'

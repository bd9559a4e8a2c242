"""Examples of the README and the pages that it links, as a reader copies them."""

import re
import shutil
import subprocess

import pytest
from mmaction.registry import DATASETS, MODELS
from mmengine.registry import DefaultScope
from toy_data import REPOSITORY
from video_files import numbered_frames, write_video

from mmvad.config_files import load_config

README = (REPOSITORY / 'README.md').read_text(encoding='utf-8')
DOCS = sorted((REPOSITORY / 'docs').glob('*.md'))
PAGES = [REPOSITORY / 'README.md', *DOCS]


def examples(title):
    """Give the code blocks of a section of the README."""
    section = README.split(f'\n## {title}\n')[1].split('\n## ')[0]
    return [block for _, block in re.findall(r'```(\w+)\n(.*?)```', section, re.DOTALL)]


def test_recognizer_of_the_readme_reads_the_lists_that_the_readme_makes(tmp_path, monkeypatch):
    if shutil.which('awk') is None:
        pytest.skip('awk makes the lists')
    lines = {'train': '{} {} 16\n', 'test': '{} {} -1 -1 16\n'}
    for split, line in lines.items():
        folder = tmp_path / 'data' / 'mine' / 'videos' / split
        folder.mkdir(parents=True)
        names = [(f'{split}_fight.mp4', 'Fight'), (f'{split}_day.mp4', 'Normal')]
        for name, _ in names:
            write_video(folder / name, numbered_frames(16))
        table = ''.join(line.format(*pair) for pair in names)
        (tmp_path / 'data' / 'mine' / f'{split}.txt').write_text(table)
    lists, config, commands = examples('Use the head in another model')
    subprocess.run(['sh', '-c', lists], cwd=tmp_path, check=True)
    (tmp_path / 'my_recognizer.py').write_text(config)
    assert 'mmvad train my_recognizer.py\n' in commands
    monkeypatch.chdir(tmp_path)
    cfg = load_config('my_recognizer.py')
    assert cfg.model.type == 'Recognizer3D' and cfg.model.cls_head.type == 'SalientHead'
    assert MODELS.build(cfg.model.cls_head).attention is not None
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        for loader in (cfg.train_dataloader, cfg.test_dataloader):
            dataset = DATASETS.build(loader.dataset)
            assert [int(dataset[row]['data_samples'].gt_label) for row in (0, 1)] == [1, 0]
    assert commands.endswith(f'epoch_{cfg.train_cfg.max_epochs}.pth\n')


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_links_between_the_pages_lead_somewhere(page):
    text = page.read_text(encoding='utf-8')
    for target in re.findall(r'\]\((?!https?:)([^)#\s]+)', text):
        assert (page.parent / target).exists(), target


def test_readme_leads_to_every_page_of_the_documentation():
    assert [page.name for page in DOCS if f'](docs/{page.name})' not in README] == []


def test_glossary_explains_the_words_that_everything_else_uses():
    glossary = (REPOSITORY / 'docs' / 'glossary.md').read_text(encoding='utf-8')
    words = re.findall(r'^\| ([^|]+?) \| \S', glossary, re.MULTILINE)
    explained = {word for entry in words for word in entry.split(', ')}
    wanted = ['segment', 'tail', 'bag', 'l', 'crop', 'hop', 'feature', 'record', 'score', 'event']
    wanted += ['threshold', 'rule', 'selection', 'frame count', 'scoring', 'target rate']
    wanted += ['scores file', 'review page', 'report', 'audio', 'video', 'frame']
    assert [word for word in wanted if word not in explained] == []

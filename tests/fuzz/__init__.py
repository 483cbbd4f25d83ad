"""Whatever comes from outside, thrown at the core: no unexpected exception, no secret that comes out again.

The targets are functions of bytes (`targets.py`). Two drivers throw: hypothesis in the suite (`test_fuzz.py`; longer
with FUZZ_SECONDS), and atheris, which looks at what the code does with it (`python -m tests.fuzz TARGET --seconds N`).
"""

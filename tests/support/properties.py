"""The number of examples that a property test tries."""

from hypothesis import settings

# `make check` tries a fifth of the examples: --hypothesis-profile=quick
settings.register_profile("quick", max_examples=20)


def examples(count: int) -> settings:
    """Return the decorator of a property test that tries `count` examples by default."""
    profile = settings()  # of the selected profile: 100 examples by default
    return settings(deadline=None, max_examples=count * profile.max_examples // 100)

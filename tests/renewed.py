"""Simulate a restart of one part of Doorwatch."""


def renew(part: object, fresh: object) -> None:
    """Give a part the state of a newly created one; others keep their reference."""
    vars(part).clear()
    vars(part).update(vars(fresh))

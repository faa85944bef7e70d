"""A function of one's own, as `compare.custom` names it."""


def contrary(a: object, b: object) -> str:
    """Find a difference wherever it is asked."""
    return "different" if a is not b else "same"

"""A pair as it is kept with all that it says."""

from router.compare.sample import Request, Sample, Shown, Side
from tests.support.stored import NOON

BODY = {"label": "refund"}
FULL = Sample(
    id="s1",
    service="support",
    phase="7/gpt-x",
    at=NOON,
    detail="full",
    result="divergent",
    request=Request(
        "r1", "POST", 2, "/v1/classify", (("content-type", "application/json"),), "json", {"a": 1}
    ),
    legacy=Side(200, 18, 0.0032, fields=(("server", "old"),), kind="json", body=BODY),
    ai=Side(200, 20, 0.0315, kind="json", body={"label": None}),
    served="legacy",
    differences=(
        Shown("/label", "value", "/label", "refund", None),
        Shown("/tags/*", "extra", "/tags/3", ai="x"),
        Shown("/tags/*", "extra", "/tags/4", ai="y"),
    ),
    decision=("refund", ""),
    noise=(None, ("/at",)),
)

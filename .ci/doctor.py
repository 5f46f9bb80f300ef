"""Checks what `connector doctor --output json` found on a stack that sam has just deployed to MiniStack.

The template is deployed unchanged, so each finding has to be a gap of MiniStack."""

import json
import sys

# Part of the finding's text, and what MiniStack lacks.
GAPS = {
    "TimeToLiveSpecification": "a table's time to live",
    "PointInTimeRecoverySpecification": "a table's point-in-time recovery",
    "SSESpecification": "a table's own key",
    "does not support drift detection": "drift detection",
    "CloudWatch DescribeAlarms: AWS has a failure of its own": "alarms",
    "they notify nobody": "an alarm topic",
    "where 1000 are usual": "an account with the usual concurrency",
    "ProtectData is false": "protected tables, which a first deployment leaves out",
}


def gap(finding: dict[str, str]) -> str | None:
    return next((name for text, name in GAPS.items() if text in finding["what"]), None)


report = json.load(sys.stdin)
unexpected = [finding for finding in report["findings"] if gap(finding) is None]
for finding in unexpected:
    print(f"{finding['severity']}: {finding['subject']}: {finding['what']}")
if unexpected:
    sys.exit("connector doctor has findings on a stack that was deployed unchanged")
gaps = sorted({name for finding in report["findings"] if (name := gap(finding))})
print(f"connector doctor checked {report['checked']}; MiniStack lacks: {', '.join(gaps) or 'nothing'}")

"""Reads what `connector doctor --output json` found on a stack that sam has just deployed to MiniStack.

The template is right, so that each finding has to be one of the things that MiniStack does not do."""

import json
import sys

MISSING = {
    "it is not encrypted with the stack's key": "a table's own key",
    "items do not expire by expires_at: ids of candidates are kept for longer than promised": "a table's time to live",
    "point-in-time recovery is off": "a table's point-in-time recovery",
    "could not be looked at: CloudWatch DescribeAlarms: AWS has a failure of its own (no error code, 500)": "alarms",
}

told = json.load(sys.stdin)
unexpected = [finding for finding in told["findings"] if finding["what"] not in MISSING]
for finding in unexpected:
    print(f"{finding['severity']}: {finding['subject']}: {finding['what']}")
if unexpected:
    sys.exit("connector doctor finds what should not be")
missing = sorted({MISSING[finding["what"]] for finding in told["findings"]})
print(f"connector doctor looked at {told['looked_at']}; MiniStack has not: {', '.join(missing)}")

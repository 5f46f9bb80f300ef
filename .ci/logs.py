"""Prints the last lines that each function logged on MiniStack; asked for when the journey failed."""

import boto3

LAST = 40

logs = boto3.client("logs")
for group in logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]:
    name = group["logGroupName"]
    lines = [event["message"].rstrip() for event in logs.filter_log_events(logGroupName=name)["events"]]
    own = [line for line in lines if not line.startswith(("START ", "END ", "REPORT "))]
    print(f"-- {name}: {len(lines)} lines")
    print(*own[-LAST:], sep="\n")

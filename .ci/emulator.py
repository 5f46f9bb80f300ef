"""Runs each release bootstrap under AWS's own Runtime Interface Emulator and has it answer its sample event.

The functions get the environment that their deployment has (asked of the stack on MiniStack), so tables, queues
and secrets are there. The samples name a customer that does not exist: what counts is that the binary starts,
takes the event in the shape AWS sends it, and answers in the shape AWS reads.

    emulator.py EMULATOR BUILD_TEMPLATE EVENTS_DIR
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import boto3
from samcli.yamlhelper import yaml_parse


def free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def invoke(port: int, event: bytes) -> bytes:
    url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data=event), timeout=60) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            return error.read()
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def fault(event: dict, answer: object) -> str | None:
    """Why the answer is not one that AWS could use, or nothing."""
    if isinstance(answer, dict) and "errorType" in answer:
        return f"the function failed: {answer['errorType']}"
    if "requestContext" in event:
        status = answer.get("statusCode") if isinstance(answer, dict) else None
        return None if isinstance(status, int) and status < 500 else f"status {status}"
    if "Records" in event:
        failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
        if not isinstance(failures, list):
            return "no batchItemFailures"
        known = {record["messageId"] for record in event["Records"]}
        strange = [failure["itemIdentifier"] for failure in failures if failure["itemIdentifier"] not in known]
        return f"failures of no record: {strange}" if strange else None
    return None


def main(emulator: str, template: str, events: str) -> None:
    built = pathlib.Path(template).parent
    binaries = {
        resource["Metadata"]["BuildProperties"]["Binary"]: built / logical_id / "bootstrap"
        for logical_id, resource in yaml_parse(pathlib.Path(template).read_text(encoding="utf-8"))["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    functions, faults, seen = boto3.client("lambda"), [], set()
    for path in sorted(pathlib.Path(events).glob("*.json")):
        name = max((binary for binary in binaries if path.stem.startswith(binary)), key=len)
        seen.add(name)
        config = functions.get_function_configuration(FunctionName=name)
        environment = {**os.environ, **config.get("Environment", {}).get("Variables", {})}
        environment["AWS_LAMBDA_FUNCTION_TIMEOUT"] = str(config["Timeout"])
        environment["AWS_LAMBDA_FUNCTION_NAME"] = name
        front, api = free_ports(2)
        process = subprocess.Popen(
            [
                emulator,
                "--log-level",
                "error",
                # Without these it listens on every interface.
                "--runtime-interface-emulator-address",
                f"127.0.0.1:{front}",
                "--runtime-api-address",
                f"127.0.0.1:{api}",
                str(binaries[name].resolve()),
            ],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            text = path.read_bytes()
            started = time.monotonic()
            answer = invoke(front, text)
            took_ms = round((time.monotonic() - started) * 1000)
            problem = fault(json.loads(text), json.loads(answer or b"null"))
        finally:
            # The emulator and the bootstrap it started share this session's process group.
            os.killpg(process.pid, 9)
            process.wait()
        print(f"{path.name}: {problem or 'ok'}, {took_ms} ms, {answer[:200].decode(errors='replace')}")
        if problem:
            faults.append(path.name)
    missing = sorted(set(binaries) - seen)
    if missing:
        sys.exit(f"no sample event for {', '.join(missing)}")
    if faults:
        sys.exit(f"{len(faults)} of the sample events went wrong")


if __name__ == "__main__":
    main(*sys.argv[1:])

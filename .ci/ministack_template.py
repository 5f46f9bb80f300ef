"""Leaves out of a template what MiniStack refuses and no journey needs: alarms on metric math.

    ministack_template.py TEMPLATE OUT        OUT has to lie in TEMPLATE's folder, where its code is
"""

import json
import pathlib
import sys

from samcli.yamlhelper import yaml_parse


def main(template: str, out: str) -> None:
    parsed = yaml_parse(pathlib.Path(template).read_text(encoding="utf-8"))
    resources = parsed["Resources"]
    alarms = {name: each["Properties"] for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
    left_out = [name for name, alarm in alarms.items() if "Metrics" in alarm]
    for name in left_out:
        del resources[name]
    text = json.dumps(parsed, default=str)
    if named := [name for name in left_out if f'"{name}"' in text]:
        sys.exit(f"still named elsewhere in the template: {', '.join(named)}")
    pathlib.Path(out).write_text(text, encoding="utf-8")
    print(f"left out of {template} for MiniStack: {', '.join(left_out) or 'nothing'}")


if __name__ == "__main__":
    main(*sys.argv[1:])

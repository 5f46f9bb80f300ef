"""Makes a template that `sam deploy` takes of functions that are compiled already, as `sam build` would.

    prebuilt.py TEMPLATE BOOTSTRAPS OUT        BOOTSTRAPS/<binary>/bootstrap -> OUT/<function>/bootstrap, OUT/template.json
"""

import json
import pathlib
import shutil
import sys

from samcli.yamlhelper import yaml_parse


def main(template: str, bootstraps: str, out: str) -> None:
    parsed = yaml_parse(pathlib.Path(template).read_text(encoding="utf-8"))
    for logical_id, resource in parsed["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        binary = resource["Metadata"]["BuildProperties"]["Binary"]
        folder = pathlib.Path(out) / logical_id
        folder.mkdir(parents=True)
        shutil.copy2(pathlib.Path(bootstraps) / binary / "bootstrap", folder / "bootstrap")
        resource["Properties"]["CodeUri"] = logical_id
    (pathlib.Path(out) / "template.json").write_text(json.dumps(parsed, default=str), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Compares the resources that SAM makes of the template with the list that the local run's tests hold.

What the local run tells as CloudFormation must be what CloudFormation would tell, resources of SAM's own making included.

    resources.py TEMPLATE LIST        --write makes the list anew
"""

import pathlib
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator


def main(template: str, listed: str, write: bool) -> None:
    tree = yaml_parse(pathlib.Path(template).read_text(encoding="utf-8"))
    for resource in tree["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # Where the code lies once it is packaged: the translator takes no local folder.
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    made = Translator(managed_policy_map={}, sam_parser=Parser()).translate(tree, {})["Resources"]
    lines = "".join(f"{logical_id} {made[logical_id]['Type']}\n" for logical_id in sorted(made))
    path = pathlib.Path(listed)
    if write:
        path.write_text(lines, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != lines:
        sys.exit(f"{listed} is not what SAM makes of {template}: .ci/resources.py {template} {listed} --write")
    print(f"SAM makes {len(made)} resources of {template}")


if __name__ == "__main__":
    main(*sys.argv[1:3], write="--write" in sys.argv)

"""Creates the HTTP API's integrations and routes from the built template.

MiniStack takes the API from a SAM template but not its routes (it passes over the OpenAPI body that SAM makes of the
functions' HttpApi events), so they are made here from those same events. AWS needs none of this.

    routes.py TEMPLATE API_ID        prints one line a route
"""

import sys

import boto3
from samcli.yamlhelper import yaml_parse


def main(path: str, api: str) -> None:
    with open(path, encoding="utf-8") as file:
        resources = yaml_parse(file.read())["Resources"]
    gateway, functions = boto3.client("apigatewayv2"), boto3.client("lambda")
    have = {route["RouteKey"] for route in gateway.get_routes(ApiId=api)["Items"]}
    if not any(stage["StageName"] == "$default" for stage in gateway.get_stages(ApiId=api)["Items"]):
        gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    for resource in resources.values():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        events = [e["Properties"] for e in resource["Properties"].get("Events", {}).values() if e["Type"] == "HttpApi"]
        if not events:
            continue
        # Deployed with an empty NamePrefix: the name is the binary's.
        name = resource["Metadata"]["BuildProperties"]["Binary"]
        arn = functions.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
        integration = gateway.create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
        )["IntegrationId"]
        for event in events:
            key = f"{event['Method']} {event['Path']}"
            if key not in have:
                gateway.create_route(ApiId=api, RouteKey=key, Target=f"integrations/{integration}")
            print(f"route {key} -> {name}")


if __name__ == "__main__":
    main(*sys.argv[1:])

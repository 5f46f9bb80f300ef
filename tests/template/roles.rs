//! What each function may call.

use std::collections::BTreeSet;

use local::template::{Function, Template};
use serde_json::Value;

use crate::{named, resource, template};

fn role<'a>(template: &'a Template, function: &Function) -> (String, &'a Value) {
    let names = named(&function.properties["Role"]);
    let [name] = names.iter().collect::<Vec<_>>()[..] else { panic!("{}: not one role: {names:?}", function.name) };
    (name.clone(), resource(template, name))
}

fn statements(role: &Value) -> Vec<&Value> {
    let policies = role["Policies"].as_array().unwrap();
    policies.iter().flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap()).collect()
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

fn actions(statement: &Value) -> Vec<&str> {
    list(&statement["Action"]).into_iter().map(|action| action.as_str().unwrap()).collect()
}

#[test]
fn no_function_is_allowed_a_wildcard() {
    let template = template();
    let mut roles = BTreeSet::new();
    for function in &template.functions {
        let (id, role) = role(&template, function);
        assert!(roles.insert(id), "{}: shares its role", function.name);
        assert_eq!(role["ManagedPolicyArns"], Value::Null, "{}: managed policies allow any resource", function.name);
        for statement in statements(role) {
            for action in actions(statement) {
                assert!(!action.contains('*'), "{}: {action}", function.name);
            }
            for resource in list(&statement["Resource"]) {
                assert_ne!(resource, "*", "{}: {:?}", function.name, actions(statement));
            }
        }
    }
}

#[test]
fn a_function_may_touch_what_its_environment_names_and_nothing_more() {
    let template = template();
    for function in &template.functions {
        let (_, role) = role(&template, function);
        let known = named(&function.properties["Environment"]["Variables"]);
        let tables_and_queues = |names: BTreeSet<String>| -> BTreeSet<String> {
            names.into_iter().filter(|id| template.table(id).is_some() || template.queue(id).is_some()).collect()
        };
        let allowed = statements(role).iter().flat_map(|statement| named(&statement["Resource"])).collect();
        assert_eq!(tables_and_queues(allowed), tables_and_queues(known), "{}", function.name);

        let calls: BTreeSet<_> = statements(role).iter().flat_map(|statement| actions(statement)).collect();
        let secrets = function.environment.contains_key("SECRETS_PREFIX");
        assert_eq!(calls.contains("secretsmanager:GetSecretValue"), secrets, "{}", function.name);
    }
}

#[test]
fn secrets_are_readable_below_the_prefix_only() {
    let template = template();
    for function in &template.functions {
        let (_, role) = role(&template, function);
        for statement in statements(role) {
            if actions(statement).iter().any(|action| action.starts_with("secretsmanager:")) {
                let resource = statement["Resource"]["Fn::Sub"].as_str().unwrap();
                assert!(resource.ends_with(":secret:${SecretsPrefix}/customers/*"), "{}: {resource}", function.name);
            }
        }
    }
}

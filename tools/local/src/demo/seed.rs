//! Seeds the demo's customer: settings, template and secret on AWS, subscription and callback at the two vendors.

use sandbox::control::{Control, ControlError, merge};
use sandbox::world::{Demo, DemoOptions};
use serde_json::{Map, Value, json};

use super::{Endpoints, Push, Variant};
use crate::aws_call::{AwsCalls, AwsError, Service};

/// The customer's id at iCIMS and its organization's name at Crosschq.
pub const CUSTOMER: &str = "1234";

/// The credentials of iCIMS's pushes. Local only.
const PUSH_USER: &str = "icims-push";
const PUSH_PASSWORD: &str = "local-push-password";
const PUSH_HMAC_KEY: &str = "local-push-hmac-key";
const PUSH_PATH_SECRET: &str = "local-push-path-secret";
const PUSH_OAUTH_CLIENT: &str = "1234.local-push-client";
const PUSH_OAUTH_SECRET: &str = "local-push-oauth-secret";
const PUSH_TOKEN_KEY: &str = "local-push-token-signing-key-0123456789";

/// The credentials of Crosschq's callbacks. Local only.
const CALLBACK_PATH_SECRET: &str = "local-callback-path-secret";
const CALLBACK_TOKEN: &str = "local-callback-token";

/// Why seeding failed.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the names say it")]
pub enum SeedError {
    #[error("AWS endpoint: {0}")]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Sandbox(#[from] ControlError),
    #[error("HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    #[error("data directory: {0}")]
    Data(#[from] std::io::Error),
}

/// Seeds the customer unless the connector has it: an operator may have changed it. Returns whether it had.
///
/// # Errors
/// Every variant of [`SeedError`].
pub async fn seed_customer_once(endpoints: &Endpoints, variant: Variant) -> Result<(Demo, bool), SeedError> {
    // Seeding writes the settings last, so everything else is there too.
    if record(&AwsCalls::new(&endpoints.aws_endpoint)?, &endpoints.customers_table, "settings").await?.is_some() {
        return Ok((sandbox::world::demo(), true));
    }
    Ok((seed_customer(endpoints, variant, false).await?, false))
}

/// Seeds the customer on AWS and at the vendors. Resets the sandbox if `reset`, or if it has no such customer.
///
/// # Errors
/// Every variant of [`SeedError`].
pub async fn seed_customer(endpoints: &Endpoints, variant: Variant, reset: bool) -> Result<Demo, SeedError> {
    let control = Control::new(&endpoints.icims);
    let icims = control.icims(CUSTOMER);
    let demo = if reset || icims.settings().await.is_err() {
        control.demo(&DemoOptions::default()).await?
    } else {
        sandbox::world::demo()
    };
    let ats = icims
        .configure(json!({"push": {
            "url": format!("{}/icims/events", endpoints.api),
            "auth": push_auth(endpoints, variant.push),
            "gzip": variant.gzip,
        }}))
        .await?;
    let crosschq = control
        .crosschq(&demo.org)
        .configure(json!({"callback": {
            "url": format!("{}/crosschq/callbacks/{CUSTOMER}/{CALLBACK_PATH_SECRET}", endpoints.api),
            "auth": {"kind": "token", "value": CALLBACK_TOKEN},
        }}))
        .await?;

    let calls = AwsCalls::new(&endpoints.aws_endpoint)?;
    put_record(&calls, &endpoints.customers_table, &format!("template#{}", demo.tag), &template(&demo)).await?;
    let token = crosschq.tokens.first().cloned().unwrap_or_default();
    let secret = secret(&ats.client_id, &ats.client_secret, &token);
    put_secret(&calls, &format!("{}/customers/{CUSTOMER}", endpoints.secrets_prefix), &secret).await?;
    put_record(&calls, &endpoints.customers_table, "settings", &settings(endpoints, variant, &demo, &ats.audience))
        .await?;
    Ok(demo)
}

/// The customer's credentials at the vendors.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Vendors {
    pub demo: Demo,
    /// The API client's id at iCIMS.
    pub client_id: String,
    pub client_secret: String,
    /// The `audience` of iCIMS' token endpoint.
    pub audience: String,
    /// The key of the Partner API.
    pub crosschq_token: String,
}

/// Seeds the customer at the vendors, unless it is there: with candidates, requisitions and surveys, but without a
/// subscription at iCIMS and a callback at Crosschq. Nothing is written to AWS.
///
/// # Errors
/// The sandbox refuses a call or is not reachable.
pub async fn seed_vendors(endpoints: &Endpoints) -> Result<Vendors, ControlError> {
    let control = Control::new(&endpoints.icims);
    control.ensure_demo().await?;
    let demo = sandbox::world::demo();
    let ats = control.icims(&demo.customer).settings().await?;
    let crosschq = control.crosschq(&demo.org).settings().await?;
    Ok(Vendors {
        demo,
        client_id: ats.client_id,
        client_secret: ats.client_secret,
        audience: ats.audience,
        crosschq_token: crosschq.tokens.first().cloned().unwrap_or_default(),
    })
}

/// Changes the customer's settings by a JSON merge patch, as an operator would edit them.
///
/// # Errors
/// Every variant of [`SeedError`].
pub async fn change_settings(
    endpoints: &Endpoints,
    variant: Variant,
    demo: &Demo,
    patch: &Value,
) -> Result<(), SeedError> {
    let ats = Control::new(&endpoints.icims).icims(CUSTOMER).settings().await?;
    let mut record = settings(endpoints, variant, demo, &ats.audience);
    merge(&mut record, patch.clone());
    put_record(&AwsCalls::new(&endpoints.aws_endpoint)?, &endpoints.customers_table, "settings", &record).await?;
    Ok(())
}

/// The push authentication as iCIMS stores it.
fn push_auth(endpoints: &Endpoints, push: Push) -> Value {
    match push {
        Push::Basic => json!({"kind": "basic", "user": PUSH_USER, "password": PUSH_PASSWORD}),
        Push::Hmac => json!({"kind": "hmac", "user": PUSH_USER, "key": PUSH_HMAC_KEY}),
        Push::OAuth => json!({
            "kind": "oauth",
            "token_url": format!("{}/icims/oauth/token", endpoints.api),
            "client_id": PUSH_OAUTH_CLIENT,
            "client_secret": PUSH_OAUTH_SECRET,
        }),
        Push::PathSecret => json!({"kind": "path_secret", "secret": PUSH_PATH_SECRET}),
    }
}

/// The record `settings` of the customers table.
fn settings(endpoints: &Endpoints, variant: Variant, demo: &Demo, audience: &str) -> Value {
    // The sample events' token request is answered whatever iCIMS itself uses.
    let mut accept = vec![variant.push.name().replace('-', "_"), "oauth".to_owned()];
    accept.dedup();
    json!({
        "enabled": true,
        "retention_days": 30,
        "icims": {
            "hosts": {"auth_base": endpoints.icims, "api_base": endpoints.icims, "audience": audience},
            "push": {"accept": accept},
            "statuses": {
                "trigger": [demo.trigger_status],
                "rejected": [demo.rejected_status],
                "withdrawn": [demo.withdrawn_status],
            },
            "stage_statuses": {"completed": demo.complete_status},
            "result": {"name_value": demo.assessment_name},
            "integration_user": demo.api_user.to_string(),
        },
        "crosschq": {
            "profile": variant.profile.name(),
            "base_url": endpoints.crosschq,
            "callback_auth": "token",
        },
    })
}

/// The record `template#<tag>`.
fn template(demo: &Demo) -> Value {
    json!({
        "name": "Sales AE",
        "tag": demo.tag,
        "survey": demo.jobrole,
        "references": {"managers": 1, "peers": 1},
    })
}

/// The customer's secret.
fn secret(client_id: &str, client_secret: &str, crosschq_token: &str) -> Value {
    json!({
        "icims": {"oauth": {"client_id": client_id, "client_secret": client_secret}},
        "push": {
            "basic": {"user": PUSH_USER, "password": PUSH_PASSWORD},
            "hmac": {"user": PUSH_USER, "key": PUSH_HMAC_KEY},
            "oauth": {"client_id": PUSH_OAUTH_CLIENT, "client_secret": PUSH_OAUTH_SECRET},
            "token_key": PUSH_TOKEN_KEY,
            "path_secret": PUSH_PATH_SECRET,
        },
        "crosschq": {"token": crosschq_token},
        "callback": {"path_secret": CALLBACK_PATH_SECRET, "token": CALLBACK_TOKEN},
    })
}

/// The customer's record with this sort key, in DynamoDB's JSON.
pub(super) async fn record(calls: &AwsCalls, table: &str, sk: &str) -> Result<Option<Value>, AwsError> {
    let request = json!({"TableName": table, "Key": {"pk": {"S": CUSTOMER}, "sk": {"S": sk}}, "ConsistentRead": true});
    let mut response = calls.call(Service::DynamoDb, "GetItem", &request).await?;
    Ok(Some(response["Item"].take()).filter(Value::is_object))
}

async fn put_record(calls: &AwsCalls, table: &str, sk: &str, record: &Value) -> Result<(), AwsError> {
    let mut item = Map::new();
    for (name, value) in record.as_object().into_iter().flatten() {
        item.insert(name.clone(), attribute(value));
    }
    item.insert("pk".to_owned(), json!({"S": CUSTOMER}));
    item.insert("sk".to_owned(), json!({"S": sk}));
    let request = json!({"TableName": table, "Item": item});
    calls.call(Service::DynamoDb, "PutItem", &request).await.map(|_| ())
}

/// A value in DynamoDB's JSON.
fn attribute(value: &Value) -> Value {
    match value {
        Value::Null => json!({"NULL": true}),
        Value::Bool(value) => json!({"BOOL": value}),
        Value::Number(value) => json!({"N": value.to_string()}),
        Value::String(value) => json!({"S": value}),
        Value::Array(items) => json!({"L": items.iter().map(attribute).collect::<Vec<_>>()}),
        Value::Object(entries) => {
            let map: Map<String, Value> =
                entries.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
            json!({ "M": map })
        }
    }
}

/// Creates the secret, or adds a version if the value differs: an equal one would displace `AWSPREVIOUS`.
async fn put_secret(calls: &AwsCalls, name: &str, value: &Value) -> Result<(), AwsError> {
    let create = json!({
        "Name": name,
        "SecretString": value.to_string(),
        "ClientRequestToken": uuid::Uuid::new_v4().to_string(),
    });
    match calls.call(Service::SecretsManager, "CreateSecret", &create).await {
        Err(error) if error.is("ResourceExistsException") => {}
        other => return other.map(|_| ()),
    }
    let present = calls.call(Service::SecretsManager, "GetSecretValue", &json!({"SecretId": name})).await?;
    let present = present["SecretString"].as_str().unwrap_or_default();
    if serde_json::from_str::<Value>(present).is_ok_and(|present| present == *value) {
        return Ok(());
    }
    let put = json!({
        "SecretId": name,
        "SecretString": value.to_string(),
        "ClientRequestToken": uuid::Uuid::new_v4().to_string(),
    });
    calls.call(Service::SecretsManager, "PutSecretValue", &put).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_becomes_dynamodbs_json() {
        let record = json!({"enabled": true, "days": 30, "list": ["a"], "nested": {"none": null}});
        assert_eq!(
            attribute(&record),
            json!({"M": {
                "enabled": {"BOOL": true},
                "days": {"N": "30"},
                "list": {"L": [{"S": "a"}]},
                "nested": {"M": {"none": {"NULL": true}}},
            }})
        );
    }
}

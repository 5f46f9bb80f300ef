//! Sets the stage: the customer's settings, template and secret on the AWS side, and the two vendors' ends of the same
//! arrangement in the sandbox.

use sandbox::control::{Control, ControlError};
use sandbox::world::{Demo, DemoOptions};
use serde_json::{Map, Value, json};

use super::{Place, Push, Variant};
use crate::aws_call::{AwsCalls, AwsError, Service};

/// The demo's customer id at iCIMS, and its organisation's name at Crosschq.
pub const CUSTOMER: &str = "1234";

/// What iCIMS proves itself with. Of use on this machine only.
const PUSH_USER: &str = "icims-push";
const PUSH_PASSWORD: &str = "local-push-password";
const PUSH_HMAC_KEY: &str = "local-push-hmac-key";
const PUSH_PATH_SECRET: &str = "local-push-path-secret";
const PUSH_OAUTH_CLIENT: &str = "1234.local-push-client";
const PUSH_OAUTH_SECRET: &str = "local-push-oauth-secret";
const PUSH_TOKEN_KEY: &str = "local-push-token-signing-key-0123456789";

/// What Crosschq's callbacks prove themselves with.
const CALLBACK_PATH_SECRET: &str = "local-callback-path-secret";
const CALLBACK_TOKEN: &str = "local-callback-token";

/// Why the stage could not be set.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The AWS endpoint.
    #[error("AWS endpoint: {0}")]
    Aws(#[from] AwsError),
    /// The sandbox.
    #[error(transparent)]
    Sandbox(#[from] ControlError),
    /// The HTTP client cannot be built.
    #[error("HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// The data directory's own notes.
    #[error("data directory: {0}")]
    Data(#[from] std::io::Error),
}

/// Sets both sides up where the connector does not know the customer yet; says whether it does. What it knows is left
/// alone: an operator may have changed it.
///
/// # Errors
/// Every variant of [`SeedError`].
pub async fn set_stage_once(place: &Place, variant: Variant) -> Result<(Demo, bool), SeedError> {
    // Written last of all, so whatever else belongs to the customer is there.
    if record(&AwsCalls::new(&place.aws_endpoint)?, &place.customers_table, "settings").await?.is_some() {
        return Ok((sandbox::world::demo(), true));
    }
    Ok((set_stage(place, variant, false).await?, false))
}

/// Sets both sides up, whatever is there. The sandbox's world is begun anew only with `afresh`, or where it has no such
/// customer.
///
/// # Errors
/// Every variant of [`SeedError`].
pub async fn set_stage(place: &Place, variant: Variant, afresh: bool) -> Result<Demo, SeedError> {
    let control = Control::new(&place.icims);
    let icims = control.icims(CUSTOMER);
    let demo = if afresh || icims.settings().await.is_err() {
        control.demo(&DemoOptions::default()).await?
    } else {
        sandbox::world::demo()
    };
    let ats = icims
        .configure(json!({"push": {
            "url": format!("{}/icims/events", place.api),
            "auth": push_auth(place, variant.push),
            "gzip": variant.gzip,
        }}))
        .await?;
    let crosschq = control
        .crosschq(&demo.org)
        .configure(json!({"callback": {
            "url": format!("{}/crosschq/callbacks/{CUSTOMER}/{CALLBACK_PATH_SECRET}", place.api),
            "auth": {"kind": "token", "value": CALLBACK_TOKEN},
        }}))
        .await?;

    let calls = AwsCalls::new(&place.aws_endpoint)?;
    put_record(&calls, &place.customers_table, &format!("template#{}", demo.tag), &template(&demo)).await?;
    let token = crosschq.tokens.first().cloned().unwrap_or_default();
    let secret = secret(&ats.client_id, &ats.client_secret, &token);
    put_secret(&calls, &format!("{}/customers/{CUSTOMER}", place.secrets_prefix), &secret).await?;
    put_record(&calls, &place.customers_table, "settings", &settings(place, variant, &demo, &ats.audience)).await?;
    Ok(demo)
}

/// The vendors' ends of a customer that the connector does not know yet.
#[derive(Debug, Clone)]
pub struct Vendors {
    /// Where to find things in the sandbox.
    pub demo: Demo,
    /// The API client's id at iCIMS.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The `audience` of iCIMS' token endpoint.
    pub audience: String,
    /// The key of the Partner API.
    pub crosschq_token: String,
}

/// Puts a customer in place at both vendors, unless it is there already: with its candidates, requisitions and surveys,
/// but with no subscription at iCIMS and no callback at Crosschq. The AWS side is left alone.
///
/// # Errors
/// The sandbox is away or refuses.
pub async fn set_vendors_stage(place: &Place) -> Result<Vendors, ControlError> {
    let control = Control::new(&place.icims);
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
pub async fn change_settings(place: &Place, variant: Variant, demo: &Demo, patch: &Value) -> Result<(), SeedError> {
    let ats = Control::new(&place.icims).icims(CUSTOMER).settings().await?;
    let mut record = settings(place, variant, demo, &ats.audience);
    merge(&mut record, patch);
    put_record(&AwsCalls::new(&place.aws_endpoint)?, &place.customers_table, "settings", &record).await?;
    Ok(())
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    if let Some(target) = target.as_object_mut() {
        for (name, value) in patch {
            if value.is_null() {
                target.remove(name);
            } else {
                merge(target.entry(name).or_insert(Value::Null), value);
            }
        }
    }
}

/// iCIMS' end of the push authentication.
fn push_auth(place: &Place, push: Push) -> Value {
    match push {
        Push::Basic => json!({"kind": "basic", "user": PUSH_USER, "password": PUSH_PASSWORD}),
        Push::Hmac => json!({"kind": "hmac", "user": PUSH_USER, "key": PUSH_HMAC_KEY}),
        Push::OAuth => json!({
            "kind": "oauth",
            "token_url": format!("{}/icims/oauth/token", place.api),
            "client_id": PUSH_OAUTH_CLIENT,
            "client_secret": PUSH_OAUTH_SECRET,
        }),
        Push::PathSecret => json!({"kind": "path_secret", "secret": PUSH_PATH_SECRET}),
    }
}

/// The record `settings` of the customers' table.
fn settings(place: &Place, variant: Variant, demo: &Demo, audience: &str) -> Value {
    let accept = match variant.push {
        Push::Basic => "basic",
        Push::Hmac => "hmac",
        Push::OAuth => "oauth",
        Push::PathSecret => "path_secret",
    };
    json!({
        "enabled": true,
        "retention_days": 30,
        "icims": {
            "hosts": {"auth_base": place.icims, "api_base": place.icims, "audience": audience},
            "push": {"accept": [accept]},
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
            "profile": variant.profile.word(),
            "base_url": place.crosschq,
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

/// The customer's record under this sort key, as DynamoDB writes it.
pub(super) async fn record(calls: &AwsCalls, table: &str, sk: &str) -> Result<Option<Value>, AwsError> {
    let request = json!({"TableName": table, "Key": {"pk": {"S": CUSTOMER}, "sk": {"S": sk}}, "ConsistentRead": true});
    let mut answer = calls.call(Service::DynamoDb, "GetItem", &request).await?;
    Ok(Some(answer["Item"].take()).filter(Value::is_object))
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

/// JSON as DynamoDB writes it.
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

/// Creates the secret, or gives it a new version where its value differs: an equal one would only use up a rotation.
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
    fn records_are_written_in_dynamodbs_own_json() {
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

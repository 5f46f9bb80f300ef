//! From the options of `customer add` to a record `settings`.

use connector_core::domain::{CallbackAuth, IcimsAuth, Settings};
use serde_json::{Value, json};

use crate::arguments::customer::{CallbackName, IcimsAuthName, NewSettings, ProfileName, PushName, RegionName};
use crate::failure::CliError;
use crate::settings_record::{checked, from_file, least, merge};

/// The settings that the options say, over those of the file, and whether the file says if they are enabled.
///
/// # Errors
/// The field that cannot work, and its fix.
pub(super) fn build(options: &NewSettings) -> Result<(Settings, Option<bool>), CliError> {
    let mut record = json!({"enabled": false, "crosschq": {}, "icims": {"push": {}, "statuses": {}}});
    let mut enabled = None;
    if let Some(path) = &options.settings {
        let file = from_file(path)?;
        enabled = file.get("enabled").and_then(Value::as_bool);
        merge(&mut record, file);
    }
    merge(&mut record, of_options(options));
    let fields = |pointer: &str| record.pointer(pointer).is_some_and(|value| !value.is_null());
    if !fields("/icims/region") && !fields("/icims/hosts") {
        return Err(CliError::input("settings.icims.region: nothing says where the customer's iCIMS is")
            .fix("give --icims-region us or eu, or --icims-auth-url and --icims-api-url"));
    }
    if !fields("/icims/statuses/trigger") {
        return Err(CliError::input("settings.icims.statuses.trigger: nothing says which status orders references")
            .fix(
                "give --trigger with the id of the Crosschq status; `connector customer discover` finds it later on",
            ));
    }
    if !fields("/icims/push/accept") {
        merge(&mut record, json!({"icims": {"push": {"accept": ["basic"]}}}));
    }
    Ok((checked(&record)?, enabled))
}

fn of_options(options: &NewSettings) -> Value {
    let mut record = least();
    if let Some(fields) = record.as_object_mut() {
        fields.clear();
    }
    let mut put = |value: Value| merge(&mut record, value);
    if let Some(region) = options.icims_region {
        put(json!({"icims": {"region": region_word(region)}}));
    }
    if let (Some(auth), Some(api)) = (&options.icims_auth_url, &options.icims_api_url) {
        put(json!({"icims": {"hosts": {"auth_base": auth, "api_base": api}}}));
    }
    if let Some(audience) = &options.icims_audience {
        put(json!({"icims": {"hosts": {"audience": audience}}}));
    }
    if let Some(auth) = options.icims_auth {
        let auth = match auth {
            IcimsAuthName::Oauth => IcimsAuth::OAuth,
            IcimsAuthName::Basic => IcimsAuth::Basic,
        };
        put(json!({"icims": {"auth": auth}}));
    }
    if !options.push.is_empty() {
        let words: Vec<&str> = options.push.iter().map(|push| push_word(*push)).collect();
        put(json!({"icims": {"push": {"accept": words}}}));
    }
    for (name, statuses) in
        [("trigger", &options.trigger), ("rejected", &options.rejected), ("withdrawn", &options.withdrawn)]
    {
        if !statuses.is_empty() {
            put(json!({"icims": {"statuses": {name: statuses}}}));
        }
    }
    if let Some(status) = &options.completed {
        put(json!({"icims": {"stage_statuses": {"completed": status}}}));
    }
    if let Some(field) = &options.template_field {
        put(json!({"icims": {"template_field": field}}));
    }
    if let Some(user) = &options.integration_user {
        put(json!({"icims": {"integration_user": user}}));
    }
    if let Some(profile) = options.crosschq_profile {
        let word = match profile {
            ProfileName::PartnerV2 => "partner_v2",
            ProfileName::PartnerV1 => "partner_v1",
        };
        put(json!({"crosschq": {"profile": word}}));
    }
    if let Some(url) = &options.crosschq_url {
        put(json!({"crosschq": {"base_url": url}}));
    }
    if let Some(auth) = options.callback_auth {
        let auth = match auth {
            CallbackName::Token => CallbackAuth::Token,
            CallbackName::Basic => CallbackAuth::Basic,
            CallbackName::StandardWebhooks => CallbackAuth::StandardWebhooks,
            CallbackName::None => CallbackAuth::None,
        };
        put(json!({"crosschq": {"callback_auth": auth}}));
    }
    record
}

const fn region_word(region: RegionName) -> &'static str {
    match region {
        RegionName::Us => "us",
        RegionName::Eu => "eu",
        RegionName::Ca => "ca",
        RegionName::Sandbox => "sandbox",
    }
}

const fn push_word(push: PushName) -> &'static str {
    match push {
        PushName::Basic => "basic",
        PushName::Hmac => "hmac",
        PushName::Oauth => "oauth",
        PushName::PathSecret => "path_secret",
    }
}

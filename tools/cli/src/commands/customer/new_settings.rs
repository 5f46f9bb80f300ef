//! From the options of `customer add` to a record `settings`.

use connector_core::domain::{Settings, StatusId};
use serde_json::{Value, json};

use crate::arguments::customer::NewSettings;
use crate::assignments::place;
use crate::failure::CliError;
use crate::settings_record::{checked, from_file, merge};

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

/// What the options say, each at its place in the record; the words of the command line have hyphens.
fn of_options(options: &NewSettings) -> Value {
    let word = |word: &Option<String>| word.as_ref().map(|word| word.replace('-', "_"));
    let several = |statuses: &Vec<StatusId>| (!statuses.is_empty()).then(|| json!(statuses));
    let push: Vec<String> = options.push.iter().map(|push| push.replace('-', "_")).collect();
    let mut record = json!({});
    for (path, value) in [
        ("icims.region", word(&options.icims_region).map(Value::from)),
        ("icims.hosts.auth_base", options.icims_auth_url.clone().map(Value::from)),
        ("icims.hosts.api_base", options.icims_api_url.clone().map(Value::from)),
        ("icims.hosts.audience", options.icims_audience.clone().map(Value::from)),
        ("icims.auth", word(&options.icims_auth).map(Value::from)),
        ("icims.push.accept", (!push.is_empty()).then(|| json!(push))),
        ("icims.statuses.trigger", several(&options.trigger)),
        ("icims.statuses.rejected", several(&options.rejected)),
        ("icims.statuses.withdrawn", several(&options.withdrawn)),
        ("icims.stage_statuses.completed", options.completed.as_ref().map(|status| json!(status))),
        ("icims.template_field", options.template_field.clone().map(Value::from)),
        ("icims.integration_user", options.integration_user.as_ref().map(|user| json!(user))),
        ("crosschq.profile", options.crosschq_profile.clone().map(Value::from)),
        ("crosschq.base_url", options.crosschq_url.clone().map(Value::from)),
        ("crosschq.callback_auth", word(&options.callback_auth).map(Value::from)),
    ] {
        if let Some(value) = value {
            place(&mut record, &path.split('.').collect::<Vec<_>>(), value);
        }
    }
    record
}

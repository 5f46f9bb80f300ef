//! Bringing a customer in.

use connector_core::ports::{Customers as _, Secrets as _};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use crate::Joining;
use crate::support::Stage;

/// Everything secret that was printed.
fn printed(added: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for proof in added["for_icims"]["authentication"].as_array().unwrap() {
        for key in ["password", "key", "client_secret"] {
            found.extend(proof[key].as_str().map(str::to_owned));
        }
        found.extend(proof["event_url"].as_str().map(|url| url.rsplit('/').next().unwrap().to_owned()));
    }
    found.extend(added["for_crosschq"]["token"].as_str().map(str::to_owned));
    let url = added["for_crosschq"]["callback_url"].as_str().unwrap();
    found.push(url.rsplit('/').next().unwrap().to_owned());
    found
}

#[tokio::test]
async fn a_customer_that_verifies_is_saved_enabled_and_as_the_functions_read_it() {
    let stage = Stage::empty().await;
    let added = Joining::of(&stage).with(&["--completed", "C38357"]).add(&["--output", "json"]).await.ok().json();
    assert_eq!(added["enabled"], true);
    let steps: Vec<(&str, &str)> = added["verification"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["step"].as_str().unwrap(), step["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(
        steps,
        [
            ("icims_sign_in", "passed"),
            ("icims_workflow", "passed"),
            ("icims_person", "passed"),
            ("icims_requisition", "passed"),
            ("crosschq_surveys", "passed"),
        ]
    );

    let adapters = stage.admin();
    let customer = adapters.customers().unwrap().customer(&stage.customer()).await.unwrap().unwrap();
    assert!(customer.settings.enabled);
    assert_eq!(customer.settings.icims.stage_statuses.completed.as_ref().unwrap().as_str(), "C38357");
    let secrets = adapters.secrets().of(&stage.customer()).await.unwrap().unwrap();
    let basic = secrets.current.push.basic.as_ref().unwrap();
    let proof = &added["for_icims"]["authentication"][0];
    assert_eq!(proof["kind"], "basic");
    assert_eq!(proof["user"], basic.user.expose_secret());
    assert_eq!(proof["password"], basic.password.expose_secret());
    assert_eq!(added["for_icims"]["event_url"], format!("{}/icims/events", stage.place.api));
    assert_eq!(added["for_icims"]["statuses"], serde_json::json!(["C38356", "C38360"]));
    assert_eq!(
        added["for_crosschq"]["callback_url"],
        format!("{}/crosschq/callbacks/1234/{}", stage.place.api, secrets.current.callback.path_secret.expose_secret())
    );
    assert_eq!(added["for_crosschq"]["method"], "POST");
}

#[tokio::test]
async fn what_was_made_up_is_printed_once_and_stands_in_no_record_log_or_list() {
    let stage = Stage::empty().await;
    let joining = Joining::of(&stage).with(&["--push", "basic,hmac,oauth,path-secret"]);
    let added = joining.add(&["--output", "json"]).await.ok();
    let mut secrets = printed(&added.json());
    assert_eq!(secrets.len(), 6, "{secrets:?}");
    for secret in &secrets {
        assert!(secret.len() >= 43, "256 bits");
        assert!(!added.stderr.contains(secret.as_str()), "on standard error");
    }
    secrets.extend(["sandbox-secret".to_owned(), "crosschq-token-1234".to_owned()]);
    let token_key = stage.secret("1234", "AWSCURRENT").await.unwrap()["push"]["token_key"].as_str().unwrap().to_owned();
    assert!(!added.everything().contains(&token_key), "the signing key is nobody's but ours");
    secrets.push(token_key);

    let mut later = serde_json::to_string(&stage.items("CustomersTable").await).unwrap();
    for arguments in [
        vec!["customer", "list", "--output", "json"],
        vec!["customer", "show", "1234", "--output", "json"],
        vec!["customer", "show", "1234"],
        vec!["customer", "show", "1234", "--history"],
        vec!["customer", "show", "1234", "--history", "--output", "json"],
        vec!["customer", "edit", "1234", "--set", "retention_days=60", "--yes"],
    ] {
        later.push_str(&stage.connector(&arguments).await.ok().everything());
    }
    for secret in &secrets {
        assert!(!later.contains(secret.as_str()), "a secret came up again");
    }
}

#[tokio::test]
async fn each_way_of_pushing_is_given_what_it_needs() {
    let stage = Stage::empty().await;
    let joining = Joining::of(&stage).with(&["--push", "hmac,oauth", "--push", "path-secret"]);
    let added = joining.add(&["--output", "json"]).await.ok().json();
    let proofs = added["for_icims"]["authentication"].as_array().unwrap();
    let kinds: Vec<&str> = proofs.iter().map(|proof| proof["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["hmac", "oauth", "path_secret"]);
    assert!(proofs[1]["client_id"].as_str().unwrap().starts_with("1234."), "the token endpoint knows whose it is");
    assert_eq!(proofs[1]["token_url"], format!("{}/icims/oauth/token", stage.place.api));
    let secret = stage.secret("1234", "AWSCURRENT").await.unwrap();
    assert!(secret["push"].get("basic").is_none() && secret["push"]["token_key"].is_string());
    let url = format!("{}/icims/events/{}", stage.place.api, secret["push"]["path_secret"].as_str().unwrap());
    assert_eq!(proofs[2]["event_url"], url);
}

#[tokio::test]
async fn people_read_what_to_hand_to_whom() {
    let stage = Stage::empty().await;
    let added = Joining::of(&stage).add(&[]).await.ok();
    for part in [
        "Hand to iCIMS",
        "leave it off until `connector doctor --verify`",
        "Basic password",
        "Paste into Crosschq",
        "callback URL",
        "POST",
        "connector template add 1234",
    ] {
        assert!(added.stdout.contains(part), "{part}: {added:#?}");
    }
    assert!(added.stderr.contains("customer 1234 is saved and enabled"), "{added:#?}");
}

#[tokio::test]
async fn a_secret_that_the_customer_brings_is_taken_instead_of_one_made_up() {
    let stage = Stage::empty().await;
    let mut joining = Joining::of(&stage).with(&["--push", "hmac", "--callback-auth", "basic"]);
    joining.secrets["push"] = serde_json::json!({"hmac": {"user": "theirs", "key": "their-key"}});
    joining.add(&[]).await.ok();
    let secret = stage.secret("1234", "AWSCURRENT").await.unwrap();
    assert_eq!(secret["push"]["hmac"], serde_json::json!({"user": "theirs", "key": "their-key"}));
    assert!(secret["callback"]["token"].as_str().unwrap().starts_with("crosschq:"), "user and password in one field");
}

#[tokio::test]
async fn an_integration_user_and_the_older_partner_api_will_do() {
    let stage = Stage::empty().await;
    let mut joining = Joining::of(&stage).with(&["--icims-auth", "basic", "--crosschq-profile", "partner_v1"]);
    joining.secrets["icims"] = serde_json::json!({"basic": {"user": "sandbox-user", "password": "sandbox-password"}});
    let added = joining.add(&["--output", "json"]).await.ok().json();
    assert_eq!(added["verification"][0]["step"], "icims_workflow", "there is no token to ask for");
    assert_eq!(added["enabled"], true);
}

#[tokio::test]
async fn a_settings_file_says_everything_and_options_win_over_it() {
    let stage = Stage::empty().await;
    let file = stage.file(
        "1234.toml",
        "enabled = false\nretention_days = 90\n[crosschq]\ntimeout_ms = 4000\n[icims]\nregion = \"us\"\n\
         [icims.push]\naccept = [\"path_secret\"]\n[icims.statuses]\ntrigger = [\"C1\"]\n",
    );
    let added = Joining::of(&stage).with(&["--settings", &file]).add(&["--output", "json"]).await.ok().json();
    assert_eq!(added["enabled"], false, "the file says so");
    let record = stage.record("1234", "settings").await.unwrap();
    assert_eq!(record["retention_days"]["N"], "90");
    assert_eq!(record["icims"]["M"]["statuses"]["M"]["trigger"]["L"][0]["S"], "C38356");
    assert_eq!(record["icims"]["M"]["push"]["M"]["accept"]["L"][0]["S"], "path_secret");
}

#[tokio::test]
async fn a_customer_may_be_saved_unverified_by_saying_so_and_stays_off_and_the_log_tells() {
    let stage = Stage::empty().await;
    let joining = Joining::of(&stage).secret("/crosschq/token", "wrong");
    let added = joining.add(&["--unverified", "--output", "json"]).await.ok().json();
    assert_eq!(added["enabled"], false);
    assert!(added.get("verification").is_none());
    let history = stage.connector(&["customer", "show", "1234", "--history", "--output", "json"]).await.ok().json();
    let changes = history["history"][0]["changes"].as_array().unwrap();
    let message = changes.iter().find(|change| change["field"] == "verification").unwrap();
    assert_eq!(message["after"], "skipped");

    stage.connector(&["customer", "enable", "1234"]).await.failed(8, "Crosschq refuses the key");
    assert_eq!(stage.record("1234", "settings").await.unwrap()["enabled"]["BOOL"], false);
    stage.connector(&["customer", "enable", "1234", "--unverified"]).await.ok();
    assert_eq!(stage.record("1234", "settings").await.unwrap()["enabled"]["BOOL"], true);
}

#[tokio::test]
async fn an_unverified_customer_is_enabled_on_purpose_only() {
    let stage = Stage::empty().await;
    let added = Joining::of(&stage).add(&["--unverified", "--enabled", "--output", "json"]).await.ok().json();
    assert_eq!(added["enabled"], true);
}

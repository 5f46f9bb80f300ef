use super::*;
use crate::domain::StatusId;

fn settings(json: &str) -> Result<Settings, serde_json::Error> {
    serde_json::from_str(json)
}

/// The field of the one problem that there is.
fn only_problem(settings: &Settings) -> String {
    let invalid = settings.validate().unwrap_err();
    let [problem] = invalid.problems() else { panic!("{invalid}") };
    problem.field.clone()
}

fn least() -> Settings {
    settings(
        r#"{"enabled":true,"crosschq":{},
            "icims":{"region":"us","push":{"accept":["basic"]},"statuses":{"trigger":["C38356"],"rejected":["C38357"]}}}"#,
    )
    .unwrap()
}

#[test]
fn the_least_settings_are_enough_and_get_the_documented_defaults() {
    let least = least();
    assert_eq!(least.validate(), Ok(()));
    assert_eq!(least.icims.hosts().unwrap().api_base, "https://api.icims.com");
    assert_eq!(least.icims.template_field, "assessmenttype");
    assert_eq!(least.icims.result.collection, "assessmentresults");
    assert!(least.icims.cancel_on_reject && least.crosschq.capabilities.cancel);
}

#[test]
fn a_misspelt_setting_is_an_error_that_names_it() {
    let error = settings(r#"{"enabled":true,"crosschq":{"basurl":"x"},"icims":{}}"#).unwrap_err();
    assert!(error.to_string().contains("basurl"), "{error}");
}

#[test]
fn a_stage_status_that_would_call_us_back_is_refused() {
    let mut looping = least();
    looping.icims.stage_statuses.completed = Some(StatusId::parse("38356").unwrap());
    assert_eq!(only_problem(&looping), "icims.stage_statuses.completed");
}

#[test]
fn hosts_are_https_or_this_machine() {
    let mut other = least();
    for (base, good) in [
        ("https://api.icims.com", true),
        ("http://127.0.0.1:7001", true),
        ("http://api.icims.com", false),
        ("http://127.0.0.1.evil.example", false),
        ("https://user@api.icims.com", false),
        ("ftp://x", false),
    ] {
        other.crosschq.base_url = Some(base.to_owned());
        assert_eq!(other.validate().is_ok(), good, "{base}");
    }
}

#[test]
fn a_status_word_must_mean_something_we_know() {
    let mut other = least();
    other.crosschq.status_words.insert("finito".to_owned(), "completed".to_owned());
    assert_eq!(other.validate(), Ok(()));
    other.crosschq.status_words.insert("hecho".to_owned(), "done".to_owned());
    assert_eq!(only_problem(&other), "crosschq.status_words.hecho");
}

#[test]
fn crosschq_is_waited_for_neither_too_briefly_nor_longer_than_a_worker_lives() {
    let mut waiting = least();
    for (timeout_ms, good) in
        [(0, false), (999, false), (1_000, true), (10_000, true), (15_000, true), (15_001, false), (28_000, false)]
    {
        waiting.crosschq.timeout_ms = timeout_ms;
        assert_eq!(waiting.validate().is_ok(), good, "{timeout_ms}");
    }
    let problem = waiting.validate().unwrap_err().to_string();
    assert_eq!(problem, "crosschq.timeout_ms: 1000 to 15000 milliseconds");
}

#[test]
fn a_signature_covers_the_body_unless_the_customer_says_otherwise_and_always_host_and_date() {
    let mut signing = least();
    assert_eq!(signing.icims.push.hmac_signed_headers, ["host", "x-icims-content-sha256", "x-icims-date"]);
    for (names, good) in [
        (&["host", "x-icims-date"][..], true),
        (&["x-icims-date", "user-agent", "host"], true),
        (&["x-icims-content-sha256", "x-icims-date"], false),
        (&["host"], false),
        (&[], false),
        (&["host", "x-icims-date", "Content-Type"], false),
        (&["host", "x-icims-date", ""], false),
    ] {
        signing.icims.push.hmac_signed_headers = names.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(signing.validate().is_ok(), good, "{names:?}");
    }
    assert_eq!(only_problem(&signing), "icims.push.hmac_signed_headers");
}

#[test]
fn a_region_without_published_hosts_asks_for_them() {
    let mut canada = least();
    canada.icims.region = Some(Region::Ca);
    assert_eq!(only_problem(&canada), "icims.hosts");
}

#[test]
fn the_reserve_is_half_of_a_small_quota() {
    let least = least();
    for (limit, reserve) in [(None, 2_000), (Some(10_000), 2_000), (Some(3_000), 1_500), (Some(0), 0)] {
        assert_eq!(least.icims.reserve(limit), reserve, "{limit:?}");
    }
}

#[test]
fn missed_pushes_are_looked_for_only_where_asked_and_no_oftener_than_icims_cache_lives() {
    let with = |patch: &str| {
        let json = format!(
            r#"{{"enabled":true,"crosschq":{{}},"icims":{{"region":"us","push":{{"accept":["basic"]}},
                "statuses":{{"trigger":["C1"]}}{patch}}}}}"#
        );
        settings(&json).unwrap()
    };
    assert_eq!(with("").icims.find_missed_pushes, None);
    let on = with(r#","find_missed_pushes":{}"#);
    assert_eq!(on.icims.find_missed_pushes, Some(MissedPushes::default()));
    assert_eq!(on.validate(), Ok(()));
    for (value, field) in [
        (r#"{"every_min":14}"#, "icims.find_missed_pushes.every_min"),
        (r#"{"look_back_h":0}"#, "icims.find_missed_pushes.look_back_h"),
        (r#"{"look_back_h":1,"every_min":90}"#, "icims.find_missed_pushes.look_back_h"),
        (r#"{"calls_a_day":9}"#, "icims.find_missed_pushes.calls_a_day"),
    ] {
        let wrong = with(&format!(r#","find_missed_pushes":{value}"#));
        assert_eq!(only_problem(&wrong), field, "{value}");
    }
}

#[test]
fn every_problem_is_reported_at_once() {
    let mut wrong = least();
    wrong.icims.region = Some(Region::Ca);
    wrong.icims.push.accept.clear();
    wrong.icims.statuses.trigger.clear();
    wrong.icims.requester = vec![RequesterSource::Fixed("nobody".to_owned())];
    wrong.crosschq.base_url = Some("http://example.com".to_owned());
    wrong.crosschq.timeout_ms = 1;
    wrong.retention_days = 0;
    let invalid = wrong.validate().unwrap_err();
    let fields: Vec<&str> = invalid.problems().iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "icims.hosts",
            "icims.push.accept",
            "icims.statuses.trigger",
            "icims.requester.fixed",
            "crosschq.base_url",
            "crosschq.timeout_ms",
            "retention_days",
        ]
    );
    assert!(fields.iter().all(|field| invalid.to_string().contains(field)), "{invalid}");
}
